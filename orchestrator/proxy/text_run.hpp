#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace rolecall::proxy {

/// Whether a byte cannot stand for itself inside a JSON string (RFC 8259 section 7).
[[nodiscard]] constexpr bool ends_text_run(char c) noexcept {
  return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
}

namespace text_run {

/// Eight bytes at a time, for machines without SSE2.
[[nodiscard]] inline const char* portable_end(const char* at, const char* end) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101, tops = 0x8080808080808080;
  // The top bit of a byte that is zero is set; a bit above the lowest such byte may be set too
  // much.
  constexpr auto zero_bytes = [](std::uint64_t word) { return (word - ones) & ~word & tops; };
  for (; end - at >= 8; at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    const auto controls = (word - 0x20 * ones) & ~word & tops;
    if ((zero_bytes(word ^ ('"' * ones)) | zero_bytes(word ^ ('\\' * ones)) | controls) != 0) break;
  }
  while (at != end && !ends_text_run(*at)) ++at;
  return at;
}

#ifdef __SSE2__
inline __m128i ends_of(const char* at) noexcept {
  const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const auto last_control = _mm_set1_epi8(0x1F);
  const auto quotes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
  const auto escapes = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
  const auto controls = _mm_cmpeq_epi8(_mm_max_epu8(bytes, last_control), last_control);
  return _mm_or_si128(_mm_or_si128(quotes, escapes), controls);
}

inline unsigned mask_of(__m128i ends) noexcept {
  return static_cast<unsigned>(_mm_movemask_epi8(ends));
}

[[nodiscard]] inline const char* sse2_end(const char* at, const char* end) noexcept {
  while (end - at >= 16) {
    if (const auto mask = mask_of(ends_of(at)); mask != 0) return at + std::countr_zero(mask);
    at += 16;
    // Long strings are images: one branch for 64 bytes.
    while (end - at >= 64) {
      const auto first = _mm_or_si128(ends_of(at), ends_of(at + 16));
      const auto second = _mm_or_si128(ends_of(at + 32), ends_of(at + 48));
      if (mask_of(_mm_or_si128(first, second)) != 0) break;
      at += 64;
    }
  }
  while (at != end && !ends_text_run(*at)) ++at;
  return at;
}
#endif

}  // namespace text_run

/// The first byte in [at, end) that ends a run of text inside a JSON string: a quotation mark, a
/// backslash, a control character; `end` when there is none.
[[nodiscard]] inline const char* end_of_text_run(const char* at, const char* end) noexcept {
#ifdef __SSE2__
  return text_run::sse2_end(at, end);
#else
  return text_run::portable_end(at, end);
#endif
}

}  // namespace rolecall::proxy
