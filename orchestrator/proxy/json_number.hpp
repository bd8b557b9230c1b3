#pragma once

#include <cstdint>

namespace rolecall::proxy {

/// How far a JSON number has been read (RFC 8259 section 6).
enum class number_part : std::uint8_t {
  sign,  ///< a minus or nothing: a digit must come
  zero,
  integer,
  point,
  fraction,
  exponent_mark,
  exponent_sign,
  exponent,
  ended,  ///< the byte read last is not the number's
};

[[nodiscard]] constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

/// Where `next` leads to.
[[nodiscard]] constexpr number_part after(number_part part, char next) noexcept {
  using enum number_part;
  const bool digit = is_digit(next);
  const bool exponent_begins = next == 'e' || next == 'E';
  switch (part) {
    case sign:
      if (!digit) return ended;
      return next == '0' ? zero : integer;
    case integer:
      if (digit) return integer;
      [[fallthrough]];
    case zero:
      if (next == '.') return point;
      return exponent_begins ? exponent_mark : ended;
    case point:
      return digit ? fraction : ended;
    case fraction:
      if (digit) return fraction;
      return exponent_begins ? exponent_mark : ended;
    case exponent_mark:
      if (next == '+' || next == '-') return exponent_sign;
      [[fallthrough]];
    case exponent_sign:
    case exponent:
      return digit ? exponent : ended;
    case ended:
      break;
  }
  return ended;
}

/// Whether any digit may come and leads nowhere else.
[[nodiscard]] constexpr bool takes_digits(number_part part) noexcept {
  using enum number_part;
  return part == integer || part == fraction || part == exponent;
}

/// Whether a number may end here.
[[nodiscard]] constexpr bool is_whole(number_part part) noexcept {
  return part == number_part::zero || takes_digits(part);
}

}  // namespace rolecall::proxy
