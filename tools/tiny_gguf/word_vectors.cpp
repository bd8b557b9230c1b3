#include "tools/tiny_gguf/word_vectors.hpp"

#include <cstdint>
#include <random>
#include <string>

namespace rolecall::tiny_gguf {

namespace {

// FNV-1a
std::uint64_t hash(std::string_view text) {
  std::uint64_t result = 0xCBF29CE484222325ULL;
  for (const char c : text) {
    result = (result ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  }
  return result;
}

// Each element becomes 1 or -1 more.
void add_direction(std::string_view text, std::span<float> vector) {
  std::mt19937_64 random(hash(text));
  for (std::size_t i = 0; i < vector.size(); i += 64) {
    auto bits = random();
    for (std::size_t k = i; k < vector.size() && k < i + 64; ++k, bits >>= 1) {
      vector[k] += (bits & 1U) != 0 ? 1.0F : -1.0F;
    }
  }
}

}  // namespace

void write_word_vector(std::string_view word, std::span<float> vector) {
  std::string bounded("<");
  bounded += word;
  bounded += '>';
  add_direction(bounded, vector);
  for (std::size_t i = 0; i + 3 < bounded.size(); ++i) {
    add_direction(std::string_view(bounded).substr(i, 3), vector);
  }
}

}  // namespace rolecall::tiny_gguf
