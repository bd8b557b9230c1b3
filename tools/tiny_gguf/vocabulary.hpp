#pragma once

#include "tools/tiny_gguf/bpe.hpp"
#include "tools/tiny_gguf/gguf_file.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rolecall::tiny_gguf {

// The tokens that every text-generating kind has, so that any of them can draft for any other.
class vocabulary {
 public:
  vocabulary();

  std::size_t size() const { return tokens_.size(); }
  token_id end_of_answer() const { return id_of("<|im_end|>"); }
  token_id line_end() const { return '\n'; }

  // Answers made of the prose, as tokens: one for each word and punctuation mark.
  const std::vector<std::vector<token_id>>& text() const { return text_; }

  // The text of a token with "Ġ" for a space; specials as they are written in a prompt.
  const std::string& spelling(token_id id) const { return tokens_[id]; }

  // The keys that describe the tokenizer and the ChatML template.
  std::vector<key> keys() const;

 private:
  token_id id_of(std::string_view token) const;

  byte_pair_encoding encoding_;
  std::vector<std::string> tokens_;
  std::vector<std::vector<token_id>> text_;
};

}  // namespace rolecall::tiny_gguf
