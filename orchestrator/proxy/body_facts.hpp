#pragma once

#include "orchestrator/proxy/leading_hash.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rolecall::proxy {

/// What routing wants to know of a JSON body. Only the outermost object's own keys count, and of
/// duplicate keys the last one, as llama-server has it: 0.7.0 asked for
/// {"n_predict":1,"n_predict":3} makes three tokens, for {"n_predict":3,"n_pr\u0065dict":1} one,
/// and for {"stream":true,"stream":null} no stream.
struct body_facts {
  std::optional<std::string> model;  ///< nullopt: missing, null or empty
  std::string_view model_fault;  ///< why `model` can name no role; empty: it can; static storage
  bool stream = false;           ///< `stream` is true
  /// `id_slot` as llama-server 0.7.0 reads it: fractions are cut, true is 1, what is neither number
  /// nor boolean is none. Numbers beyond its 32 bits, where it takes whatever is left of them, are
  /// the largest number here.
  std::optional<std::int64_t> id_slot;
  /// Hash of the conversation's leading part, the same in all its turns: the raw values of
  /// `messages`, `input` and `prompt` (each up to and including its first element whose `role` is
  /// user) and of `system` and `instructions`. Of each such value, and of each of its elements, the
  /// first 4 KiB count, so that conversations that share a long system text still differ. A
  /// `prompt` that is text and grows keeps its hash only from 4 KiB on.
  std::optional<std::uint64_t> prefix;
};

/// Puts the facts together from what the grammar of body_scan sees. `depth` is the number of
/// objects and arrays around a key or value; only depths up to `deepest` need to be told. Where a
/// function returns true, the text of the key, string or number is to follow by text().
class body_fact_finder {
 public:
  /// `wants_prefix`: somebody will look at body_facts::prefix, which costs as much as the rest.
  explicit body_fact_finder(bool wants_prefix) : wants_prefix_(wants_prefix) {}

  static constexpr unsigned deepest = 3;
  /// Bytes. A longer name is no role's.
  static constexpr std::size_t longest_model = 1024;
  static constexpr std::size_t longest_part = 4096;

  /// Positions told from here on are in this piece of the body.
  void piece_begins(const char* at) noexcept { from_ = at; }
  void piece_ends(const char* at) noexcept {
    if (hashes_) hash_to(at);
  }

  bool key_begins(unsigned depth);
  void key_ends(unsigned depth);
  bool value_begins(unsigned depth, const char* at);  ///< its first byte is read
  void value_ends(unsigned depth, const char* after);
  void text(std::string_view piece);  ///< escapes decoded

  [[nodiscard]] body_facts take();

 private:
  // The parts of a conversation come last.
  enum class field { other, model, stream, id_slot, prompt, messages, input, system, instructions };
  static constexpr std::size_t first_part = static_cast<std::size_t>(field::prompt);
  static constexpr std::size_t parts = 5;

  static field field_named(std::string_view key) noexcept;
  void expect_text(std::size_t most);
  void hash_to(const char* at) noexcept;
  bool field_begins(const char* at);
  void field_ends(const char* after);
  void take_model();
  void take_slot();

  bool wants_prefix_;
  body_facts facts_;
  field field_ = field::other;  // of the value that is read, at depth 1
  char first_ = '\0';           // its first byte
  std::string text_;            // at most one byte more than most_, which means too long
  std::size_t most_ = 0;

  bool hashes_ = false;
  bool in_role_ = false;  // of an element
  bool is_user_ = false;  // the element
  const char* from_ = nullptr;
  std::size_t left_ = 0;  // bytes that still count
  leading_hash hash_;
  std::array<std::optional<std::uint64_t>, parts> hashed_;
};

}  // namespace rolecall::proxy
