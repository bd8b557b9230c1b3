#pragma once

#include <span>
#include <string_view>

namespace rolecall::tiny_gguf {

// Fills `vector` with a direction for a word: the sum of pseudo-random directions of the word and
// of its runs of three letters. Words that are spelt alike are near each other, others are nearly
// orthogonal. Depends on the spelling alone.
void write_word_vector(std::string_view word, std::span<float> vector);

}  // namespace rolecall::tiny_gguf
