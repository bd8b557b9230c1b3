#include "tools/tiny_gguf/word_pieces.hpp"

#include "tools/tiny_gguf/bpe.hpp"
#include "tools/tiny_gguf/prose.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace rolecall::tiny_gguf {

namespace {

constexpr std::string_view word_start = "\u2581";
constexpr auto special_tokens =
    std::to_array<std::string_view>({"[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"});
enum special_id : std::uint32_t { pad, unknown, first, separator, mask };
enum token_type : std::int32_t { type_normal = 1, type_unknown = 2, type_control = 3 };

constexpr auto endings = std::to_array<std::string_view>(
    {"s", "es", "ed", "er", "est", "ing", "ings", "ly", "less", "ful", "ness", "ment", "tion"});

std::string small_letters(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == ' ') continue;
    result.push_back(static_cast<char>(std::tolower(static_cast<unsigned char>(c))));
  }
  return result;
}

}  // namespace

std::vector<std::string> word_pieces() {
  std::set<std::string> pieces;
  for (char c = '!'; c <= '~'; ++c) {
    const std::string character(1, c);
    if (std::isupper(static_cast<unsigned char>(c)) != 0) continue;
    pieces.insert(std::string(word_start) + character);
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) pieces.insert(character);
  }
  pieces.insert(endings.begin(), endings.end());
  for (const auto paragraph : paragraphs()) {
    for (const auto& word : split_words(paragraph)) {
      pieces.insert(std::string(word_start) + small_letters(word));
    }
  }
  std::vector<std::string> result(special_tokens.begin(), special_tokens.end());
  result.insert(result.end(), pieces.begin(), pieces.end());
  return result;
}

std::string_view spelling(std::string_view piece) {
  if (piece.starts_with(word_start)) piece.remove_prefix(word_start.size());
  return piece;
}

bool is_special(std::string_view piece) {
  return std::find(special_tokens.begin(), special_tokens.end(), piece) != special_tokens.end();
}

bool is_first_token(std::string_view piece) { return piece == special_tokens[first]; }

std::vector<key> word_piece_keys(const std::vector<std::string>& pieces) {
  std::vector<std::int32_t> types(pieces.size(), type_normal);
  std::fill_n(types.begin(), special_tokens.size(), type_control);
  types[unknown] = type_unknown;
  return {
      {"tokenizer.ggml.model", std::string("bert")},
      {"tokenizer.ggml.pre", std::string("default")},
      {"tokenizer.ggml.tokens", pieces},
      {"tokenizer.ggml.token_type", std::move(types)},
      {"tokenizer.ggml.token_type_count", std::uint32_t{2}},
      {"tokenizer.ggml.bos_token_id", std::uint32_t{first}},
      {"tokenizer.ggml.cls_token_id", std::uint32_t{first}},
      {"tokenizer.ggml.seperator_token_id", std::uint32_t{separator}},  // spelt so by the format
      {"tokenizer.ggml.unknown_token_id", std::uint32_t{unknown}},
      {"tokenizer.ggml.padding_token_id", std::uint32_t{pad}},
      {"tokenizer.ggml.mask_token_id", std::uint32_t{mask}}};
}

}  // namespace rolecall::tiny_gguf
