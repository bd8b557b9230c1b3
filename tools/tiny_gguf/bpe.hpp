#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::tiny_gguf {

using token_id = std::uint32_t;

// Byte pair encoding over GPT-2's printable byte alphabet, in which every byte is one symbol and a
// space is "Ġ".
struct byte_pair_encoding {
  // `whole` is the two parts' text in one; another merge may make the same token.
  struct merge {
    token_id first;
    token_id second;
    token_id whole;
  };

  // The 256 byte symbols in alphabet order, then what the merges made, in the order learnt.
  std::vector<std::string> tokens;
  // The first to be applied first.
  std::vector<merge> merges;
};

// GPT-2's symbol for each byte value, as UTF-8.
std::vector<std::string> byte_symbols();

// Splits text as the engine's "qwen2" pre-tokenizer does, for text of ASCII letters, spaces, line
// ends and punctuation: a word takes the space before it along, a punctuation mark stands alone.
std::vector<std::string> split_words(std::string_view text);

// Learns merges until every word is one token. Words come with their number of occurrences; equally
// frequent pairs are merged in the order of their tokens, so the result depends on nothing else.
byte_pair_encoding learn_merges(const std::map<std::string, std::uint64_t>& words);

// The tokens of one word under the encoding.
std::vector<token_id> encode_word(const byte_pair_encoding& encoding, std::string_view word);

}  // namespace rolecall::tiny_gguf
