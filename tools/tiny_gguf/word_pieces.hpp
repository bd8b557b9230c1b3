#pragma once

#include "tools/tiny_gguf/gguf_file.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rolecall::tiny_gguf {

// The WordPiece vocabulary of the embedding model in the engine's form: "▁" begins a word, a piece
// without it continues one. Holds the words of the prose in small letters, the common endings and
// every ASCII character, so that ordinary English text needs no unknown token.
std::vector<std::string> word_pieces();

// A piece without the mark of a word's beginning.
std::string_view spelling(std::string_view piece);

// Whether a piece stands for no text, and whether it is the one whose state is the embedding.
bool is_special(std::string_view piece);
bool is_first_token(std::string_view piece);

// The keys that describe the tokenizer.
std::vector<key> word_piece_keys(const std::vector<std::string>& pieces);

}  // namespace rolecall::tiny_gguf
