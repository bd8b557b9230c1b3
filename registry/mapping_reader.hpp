#pragma once

#include "registry/diagnostic.hpp"
#include "registry/keys.hpp"
#include "registry/yaml_document.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::registry {

/// What all readers of one registry share.
struct reading {
  std::string file;                 ///< as diagnostics name it
  std::filesystem::path directory;  ///< where relative paths start, absolute
  diagnostics notes;
  std::map<std::string, position, std::less<>> places;

  void error(position where, std::string message);
  void warning(position where, std::string message);
};

/// "cannot read roles.frontdoor.port: <reason>".
[[nodiscard]] std::string cannot_read(std::string_view path, std::string_view reason);

/// A node in words, for "…, not <this>": "a list", "'abc'".
[[nodiscard]] std::string in_words(const yaml_node& node);

/// Reads the keys of one mapping as its section describes them. A value of the wrong form is a
/// diagnostic at its place and leaves the target as it was. Lives on the stack of a reader
/// function.
class mapping_reader {
 public:
  /// Reports what is no mapping, unknown keys and duplicate keys.
  mapping_reader(const yaml_node& node, const section& known, std::string path, reading& context);

  [[nodiscard]] bool given(std::string_view name) const { return find(name) != nullptr; }
  /// The value of a key of the section; nullptr when it was not written, or written as null.
  [[nodiscard]] const yaml_node* find(std::string_view name) const;
  /// True when the key was written with the value null.
  [[nodiscard]] bool is_null(std::string_view name) const;
  [[nodiscard]] position where(std::string_view name) const;
  [[nodiscard]] std::string path_of(std::string_view name) const;
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }
  /// False for what was no mapping at all.
  [[nodiscard]] bool is_mapping() const { return is_mapping_; }

  // Each reads one key into `target` and reports a value that does not fit.
  void text(std::string_view name, std::string& target);
  void optional_text(std::string_view name, std::optional<std::string>& target);
  void path(std::string_view name, std::filesystem::path& target);
  void boolean(std::string_view name, bool& target);
  void integer(std::string_view name, int& target);
  void number(std::string_view name, std::optional<double>& target);
  void bytes(std::string_view name, std::uint64_t& target);
  void duration(std::string_view name, std::chrono::seconds& target);
  void share(std::string_view name, double& target);
  void text_list(std::string_view name, std::vector<std::string>& target);
  /// A number list kept as text; "all" too where the key allows it.
  void number_list(std::string_view name, std::string& target);

  /// The choices of the key are the enumerators in order.
  template <class Enum>
  void choice(std::string_view name, Enum& target) {
    if (const auto index = choice_index(name)) target = static_cast<Enum>(*index);
  }
  void choice_text(std::string_view name, std::string& target);

  void fail(std::string_view name, std::string_view reason);

 private:
  const key& described(std::string_view name) const;
  /// The text of a plain or quoted scalar; reports anything else.
  const std::string* scalar(std::string_view name, std::string_view expected);
  std::optional<std::size_t> choice_index(std::string_view name);

  struct entry {
    const yaml_node* key;
    const yaml_node* value;
  };
  const entry* entry_of(std::string_view name) const;

  const section& known_;
  std::string path_;
  reading& context_;
  bool is_mapping_ = false;
  std::vector<entry> entries_;
  std::vector<std::string> names_;
};

/// The names and values of a mapping whose keys are names (models, roles): reports bad and
/// duplicate names.
struct named_node {
  std::string name;
  position where;
  const yaml_node* value;
};
[[nodiscard]] std::vector<named_node> read_names(const yaml_node& node, std::string_view path,
                                                 reading& context);

/// A letter or digit, then letters, digits, '.', '_' and '-'; at most 64.
[[nodiscard]] bool is_name(std::string_view text) noexcept;

}  // namespace rolecall::registry
