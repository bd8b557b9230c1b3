#include "tools/tiny_gguf/number_format.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace rolecall::tiny_gguf {

namespace {

constexpr std::size_t block_length = 32;
constexpr float largest_quantum = 127.0F;

template <class Number>
void append(Number value, std::string& out) {
  const auto bytes = std::bit_cast<std::array<char, sizeof(Number)>>(value);
  out.append(bytes.data(), bytes.size());
}

void append_block(std::span<const float> values, std::string& out) {
  float largest = 0;
  for (const float value : values) largest = std::max(largest, std::fabs(value));
  const float scale = largest / largest_quantum;
  append(to_half(scale), out);
  for (const float value : values) {
    out.push_back(scale == 0 ? '\0' : static_cast<char>(std::lround(value / scale)));
  }
}

// In [-1, 1), from 24 random bits: exact in a float.
float unit_noise(std::mt19937_64& random) {
  return static_cast<float>(static_cast<std::int32_t>(random() >> 40) - (1 << 23)) / (1 << 23);
}

}  // namespace

std::uint16_t to_half(float value) {
  constexpr int lost_bits = 23 - 10;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = (bits >> 16) & 0x8000U;
  const int exponent = static_cast<int>((bits >> 23) & 0xFFU) - 127 + 15;
  if (exponent >= 31) return static_cast<std::uint16_t>(sign | 0x7C00U);
  if (exponent < -10) return static_cast<std::uint16_t>(sign);

  std::uint32_t mantissa = bits & 0x7FFFFFU;
  int shift = lost_bits;
  if (exponent <= 0) {  // a subnormal half: the leading one becomes explicit
    mantissa |= 0x800000U;
    shift += 1 - exponent;
  } else {
    mantissa |= static_cast<std::uint32_t>(exponent) << 23;
  }
  const std::uint32_t kept = mantissa >> shift;
  const std::uint32_t rest = mantissa & ((1U << shift) - 1U);
  const std::uint32_t half_way = 1U << (shift - 1);
  const bool up = rest > half_way || (rest == half_way && (kept & 1U) != 0);
  return static_cast<std::uint16_t>(sign | (kept + (up ? 1U : 0U)));
}

std::uint64_t encoded_size(tensor_type type, std::uint64_t count) {
  switch (type) {
    case tensor_type::f32:
      return count * 4;
    case tensor_type::f16:
      return count * 2;
    case tensor_type::q8_0:
      return count / block_length * (block_length + 2);
  }
  return 0;
}

void encode(tensor_type type, std::span<const float> values, std::string& out) {
  switch (type) {
    case tensor_type::f32:
      for (const float value : values) append(value, out);
      return;
    case tensor_type::f16:
      for (const float value : values) append(to_half(value), out);
      return;
    case tensor_type::q8_0:
      for (; !values.empty(); values = values.subspan(block_length)) {
        append_block(values.first(block_length), out);
      }
      return;
  }
}

void encode_noise(tensor_type type, std::uint64_t count, float amplitude, std::mt19937_64& random,
                  std::string& out) {
  switch (type) {
    case tensor_type::f32:
      for (; count > 0; --count) append(amplitude * unit_noise(random), out);
      return;
    case tensor_type::f16:
      for (; count > 0; --count) append(to_half(amplitude * unit_noise(random)), out);
      return;
    case tensor_type::q8_0:
      for (; count > 0; count -= block_length) {
        append(to_half(amplitude / largest_quantum), out);
        for (std::size_t i = 0; i < block_length; i += 8) {
          // Odd bytes only: -128 is not a value of this format.
          append(static_cast<std::uint64_t>(random()) | 0x0101010101010101U, out);
        }
      }
      return;
  }
}

}  // namespace rolecall::tiny_gguf
