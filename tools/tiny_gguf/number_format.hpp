#pragma once

#include "tools/tiny_gguf/gguf_file.hpp"

#include <cstdint>
#include <random>
#include <span>
#include <string>

namespace rolecall::tiny_gguf {

// Nearest half-precision number, ties to even; overflow gives infinity.
std::uint16_t to_half(float value);

// Bytes that `count` numbers take in the format. For q8_0 the count is a multiple of 32.
std::uint64_t encoded_size(tensor_type type, std::uint64_t count);

// Appends the numbers in the format. q8_0 is ggml's: blocks of 32 as a half-precision scale and
// 32 signed bytes.
void encode(tensor_type type, std::span<const float> values, std::string& out);

// Appends `count` pseudo-random numbers of at most the given size, without a detour through floats
// where the format allows it.
void encode_noise(tensor_type type, std::uint64_t count, float amplitude, std::mt19937_64& random,
                  std::string& out);

}  // namespace rolecall::tiny_gguf
