#include "tools/rolectl/text_columns.hpp"

#include <algorithm>

#include <locale.h>
#include <wchar.h>

namespace rolecall::rolectl {
namespace {

/// The calling thread reads UTF-8 while this lives. Every glibc has C.UTF-8, whatever else is
/// installed; without it, characters count one column each.
class utf8_scope {
 public:
  utf8_scope() noexcept {
    static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (utf8 != nullptr) before_ = ::uselocale(utf8);
  }
  ~utf8_scope() {
    if (before_ != nullptr) ::uselocale(before_);
  }
  utf8_scope(const utf8_scope&) = delete;
  utf8_scope& operator=(const utf8_scope&) = delete;

 private:
  locale_t before_ = nullptr;
};

struct character {
  std::size_t bytes = 1;
  std::size_t columns = 1;
};

/// The character at the beginning of a text that is not empty.
character first_character(std::string_view text) noexcept {
  constexpr unsigned char first_printable = 0x20;
  constexpr unsigned char rubout = 0x7F;
  const auto byte = static_cast<unsigned char>(text.front());
  if (byte < first_printable || byte == rubout) return {1, 0};
  if (byte < rubout) return {1, 1};
  ::mbstate_t state{};
  wchar_t wide = 0;
  const auto bytes = ::mbrtowc(&wide, text.data(), text.size(), &state);
  if (bytes == 0 || bytes > text.size()) return {1, 1};  // not UTF-8, or cut short
  return {bytes, static_cast<std::size_t>(std::max(0, ::wcwidth(wide)))};
}

}  // namespace

std::size_t display_width(std::string_view text) noexcept {
  const utf8_scope reading;
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto c = first_character(text);
    columns += c.columns;
    text.remove_prefix(c.bytes);
  }
  return columns;
}

std::string_view first_columns(std::string_view text, std::size_t width) noexcept {
  const utf8_scope reading;
  std::size_t end = 0;
  while (end < text.size()) {
    const auto c = first_character(text.substr(end));
    if (c.columns > width) break;
    width -= c.columns;
    end += c.bytes;
  }
  return text.substr(0, end);
}

}  // namespace rolecall::rolectl
