#include "tools/tiny_gguf/bpe.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <utility>

namespace rolecall::tiny_gguf {

namespace {

using token_pair = std::pair<token_id, token_id>;

bool is_printable(int byte) {
  return (byte >= '!' && byte <= '~') || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
}

// Code points below 0x800 only, which is all that the alphabet needs.
std::string utf8(int code_point) {
  if (code_point < 0x80) return {static_cast<char>(code_point)};
  return {static_cast<char>(0xC0 | (code_point >> 6)),
          static_cast<char>(0x80 | (code_point & 0x3F))};
}

std::vector<token_id> to_bytes(std::string_view word) {
  std::vector<token_id> result;
  result.reserve(word.size());
  for (const char c : word) result.push_back(static_cast<unsigned char>(c));
  return result;
}

void apply_merge(const byte_pair_encoding::merge& merge, std::vector<token_id>& word) {
  auto end = word.begin();
  for (auto at = word.begin(); at != word.end(); ++at) {
    const auto next = std::next(at);
    const bool found = next != word.end() && *at == merge.first && *next == merge.second;
    *end++ = found ? merge.whole : *at;
    if (found) at = next;
  }
  word.erase(end, word.end());
}

// A word being merged, and how often the text has it.
struct counted_word {
  std::vector<token_id> tokens;
  std::uint64_t count = 0;
};

std::optional<token_pair> most_frequent_pair(const std::vector<counted_word>& words) {
  std::map<token_pair, std::uint64_t> pairs;
  for (const auto& word : words) {
    for (std::size_t i = 0; i + 1 < word.tokens.size(); ++i) {
      pairs[{word.tokens[i], word.tokens[i + 1]}] += word.count;
    }
  }
  if (pairs.empty()) return std::nullopt;
  return std::max_element(pairs.begin(), pairs.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->first;
}

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::vector<std::string> byte_symbols() {
  std::vector<std::string> result;
  result.reserve(256);
  int next_stand_in = 256;
  for (int byte = 0; byte < 256; ++byte) {
    result.push_back(utf8(is_printable(byte) ? byte : next_stand_in++));
  }
  return result;
}

std::vector<std::string> split_words(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    std::size_t length = text.front() == ' ' && text.size() > 1 && is_letter(text[1]) ? 1 : 0;
    while (length < text.size() && is_letter(text[length])) ++length;
    length = std::max<std::size_t>(length, 1);
    words.emplace_back(text.substr(0, length));
    text.remove_prefix(length);
  }
  return words;
}

byte_pair_encoding learn_merges(const std::map<std::string, std::uint64_t>& words) {
  byte_pair_encoding result{byte_symbols(), {}};
  std::map<std::string, token_id> ids;
  for (token_id id = 0; id < result.tokens.size(); ++id) ids.emplace(result.tokens[id], id);

  std::vector<counted_word> parts;
  parts.reserve(words.size());
  for (const auto& [word, count] : words) parts.push_back({to_bytes(word), count});

  while (const auto pair = most_frequent_pair(parts)) {
    const auto token = result.tokens[pair->first] + result.tokens[pair->second];
    const auto [known, is_new] = ids.emplace(token, static_cast<token_id>(result.tokens.size()));
    if (is_new) result.tokens.push_back(token);
    result.merges.push_back({pair->first, pair->second, known->second});
    for (auto& word : parts) apply_merge(result.merges.back(), word.tokens);
  }
  return result;
}

std::vector<token_id> encode_word(const byte_pair_encoding& encoding, std::string_view word) {
  auto result = to_bytes(word);
  for (const auto& merge : encoding.merges) {
    if (result.size() == 1) break;
    apply_merge(merge, result);
  }
  return result;
}

}  // namespace rolecall::tiny_gguf
