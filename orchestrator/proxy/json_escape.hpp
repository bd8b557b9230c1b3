#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rolecall::proxy {

/// The character that a backslash and `c` stand for in a JSON string (RFC 8259 section 7); 0: none,
/// or `u`.
[[nodiscard]] constexpr char unescaped(char c) noexcept {
  switch (c) {
    case '"':
    case '\\':
    case '/':
      return c;
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return 0;
  }
}

/// -1: no hexadecimal digit.
[[nodiscard]] constexpr int hexadecimal_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

[[nodiscard]] constexpr bool is_high_surrogate(std::uint32_t unit) noexcept {
  return unit >= 0xD800 && unit < 0xDC00;
}
[[nodiscard]] constexpr bool is_low_surrogate(std::uint32_t unit) noexcept {
  return unit >= 0xDC00 && unit < 0xE000;
}
/// The character beyond 0xFFFF that a surrogate pair stands for.
[[nodiscard]] constexpr std::uint32_t code_point_of(std::uint32_t high,
                                                    std::uint32_t low) noexcept {
  return 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
}

/// One character as UTF-8.
class utf8_character {
 public:
  explicit constexpr utf8_character(std::uint32_t code) noexcept {
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0 | code >> 6);
      put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
      put(0xE0 | code >> 12);
      put(0x80 | (code >> 6 & 0x3F));
      put(0x80 | (code & 0x3F));
    } else {
      put(0xF0 | code >> 18);
      put(0x80 | (code >> 12 & 0x3F));
      put(0x80 | (code >> 6 & 0x3F));
      put(0x80 | (code & 0x3F));
    }
  }
  [[nodiscard]] constexpr std::string_view text() const noexcept { return {bytes_.data(), size_}; }

 private:
  constexpr void put(std::uint32_t byte) noexcept { bytes_[size_++] = static_cast<char>(byte); }

  std::array<char, 4> bytes_{};
  std::size_t size_ = 0;
};

}  // namespace rolecall::proxy
