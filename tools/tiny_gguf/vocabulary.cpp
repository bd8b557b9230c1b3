#include "tools/tiny_gguf/vocabulary.hpp"

#include "tools/tiny_gguf/prose.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace rolecall::tiny_gguf {

namespace {

// Those of Qwen2 and Qwen2-VL that ChatML and images need.
constexpr auto special_tokens = std::to_array<std::string_view>({
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
});

enum token_type : std::int32_t { type_normal = 1, type_control = 3 };

constexpr std::string_view chat_template =
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' }}"
    "{% if message['content'] is string %}{{ message['content'] }}"
    "{% else %}{% for part in message['content'] %}"
    "{% if part['type'] == 'text' %}{{ part['text'] }}{% endif %}"
    "{% endfor %}{% endif %}"
    "{{ '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

// An answer is a paragraph and the two after it, so at the end of a paragraph it more often goes on
// than not.
std::vector<std::string> answers() {
  const auto prose = paragraphs();
  std::vector<std::string> result(prose.begin(), prose.end());
  for (std::size_t i = 0; i < prose.size(); ++i) {
    for (const auto later : {i + 1, i + 2}) {
      result[i] += ' ';
      result[i] += prose[later % prose.size()];
    }
  }
  return result;
}

}  // namespace

vocabulary::vocabulary() {
  std::map<std::string, std::uint64_t> words;
  for (const auto& answer : answers()) {
    for (auto& word : split_words(answer)) ++words[std::move(word)];
  }
  encoding_ = learn_merges(words);
  tokens_ = encoding_.tokens;
  tokens_.insert(tokens_.end(), special_tokens.begin(), special_tokens.end());

  std::map<std::string, std::vector<token_id>> encoded;
  for (const auto& [word, count] : words) encoded[word] = encode_word(encoding_, word);
  for (const auto& answer : answers()) {
    auto& tokens = text_.emplace_back();
    for (const auto& word : split_words(answer)) {
      const auto& ids = encoded[word];
      tokens.insert(tokens.end(), ids.begin(), ids.end());
    }
  }
}

token_id vocabulary::id_of(std::string_view token) const {
  return static_cast<token_id>(std::find(tokens_.begin(), tokens_.end(), token) - tokens_.begin());
}

std::vector<key> vocabulary::keys() const {
  std::vector<std::int32_t> types(tokens_.size(), type_normal);
  std::fill(types.end() - special_tokens.size(), types.end(), type_control);
  std::vector<std::string> merges;
  merges.reserve(encoding_.merges.size());
  for (const auto& merge : encoding_.merges) {
    merges.push_back(tokens_[merge.first] + ' ' + tokens_[merge.second]);
  }
  return {{"tokenizer.ggml.model", std::string("gpt2")},
          {"tokenizer.ggml.pre", std::string("qwen2")},
          {"tokenizer.ggml.tokens", tokens_},
          {"tokenizer.ggml.token_type", std::move(types)},
          {"tokenizer.ggml.merges", std::move(merges)},
          {"tokenizer.ggml.bos_token_id", id_of("<|endoftext|>")},
          {"tokenizer.ggml.eos_token_id", end_of_answer()},
          {"tokenizer.ggml.padding_token_id", id_of("<|endoftext|>")},
          {"tokenizer.ggml.add_bos_token", false},
          {"tokenizer.chat_template", std::string(chat_template)}};
}

}  // namespace rolecall::tiny_gguf
