#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/beast/http/field.hpp>

namespace rolecall::proxy {

/// The fields of one header in the order received, duplicates included. Names and values live in
/// one string, so that a connection that is reused allocates nothing. Views handed out end with the
/// next add() or clear().
class header_fields {
 public:
  struct field {
    boost::beast::http::field id = boost::beast::http::field::unknown;
    std::string_view name;
    std::string_view value;
  };

  void add(boost::beast::http::field id, std::string_view name, std::string_view value);
  void clear() noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] field operator[](std::size_t index) const noexcept {
    const auto& at = entries_[index];
    const char* name = text_.data() + at.name_at;
    return {
        .id = at.id, .name = {name, at.name_size}, .value = {name + at.name_size, at.value_size}};
  }
  [[nodiscard]] std::size_t count(boost::beast::http::field id) const noexcept;
  /// The first one's value; empty when there is none.
  [[nodiscard]] std::string_view value(boost::beast::http::field id) const noexcept;
  /// The same for a field that Beast has no word for.
  [[nodiscard]] std::string_view value_of_unknown(std::string_view name) const noexcept;
  [[nodiscard]] std::size_t count_of_unknown(std::string_view name) const noexcept;

 private:
  struct entry {
    boost::beast::http::field id;
    std::uint32_t name_at;  // in text_; the value follows the name
    std::uint32_t name_size;
    std::uint32_t value_size;
  };
  std::string text_;
  std::vector<entry> entries_;
};

}  // namespace rolecall::proxy
