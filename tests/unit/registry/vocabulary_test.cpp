#include "registry/vocabulary.hpp"

#include "tests/unit/registry/gguf_bytes.hpp"

#include <functional>
#include <sstream>

#include <doctest/doctest.h>

using namespace rolecall::registry;
using testing::gguf_bytes;

namespace {

vocabulary_facts vocabulary_from(const gguf_bytes& keys, std::uint64_t count) {
  const std::string bytes = gguf_bytes().start(0, count).letters(keys.bytes()).data(0).bytes();
  std::istringstream stream(bytes);
  const auto header = parse_gguf(stream, bytes.size());
  if (!header) FAIL(header.error());
  return vocabulary_of(*header);
}

/// `count` pieces, one of them as given.
vocabulary_facts vocabulary_with(std::size_t count, std::size_t id = 0,
                                 const std::string& piece = "piece 0") {
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i < count; ++i) pieces.push_back("piece " + std::to_string(i));
  pieces[id] = piece;
  return vocabulary_from(gguf_bytes()
                             .string("tokenizer.ggml.model", "gpt2")
                             .string("tokenizer.ggml.pre", "qwen2")
                             .strings("tokenizer.ggml.tokens", pieces)
                             .u32("tokenizer.ggml.bos_token_id", 1)
                             .u32("tokenizer.ggml.eos_token_id", 2),
                         5);
}

std::string difference_of(const vocabulary_facts& target, const vocabulary_facts& draft) {
  return difference(target, draft).value_or("");
}

}  // namespace

TEST_CASE("vocabulary: what the file says is taken") {
  const vocabulary_facts v = vocabulary_from(gguf_bytes()
                                                 .string("tokenizer.ggml.model", "llama")
                                                 .string("tokenizer.ggml.pre", "default")
                                                 .strings("tokenizer.ggml.tokens", {"a", "b"})
                                                 .boolean("tokenizer.ggml.add_bos_token", false)
                                                 .boolean("tokenizer.ggml.add_eos_token", true)
                                                 .u32("tokenizer.ggml.bos_token_id", 7)
                                                 .u32("tokenizer.ggml.eos_token_id", 8),
                                             7);
  CHECK(v.tokenizer == "llama");
  CHECK(v.pre == "default");
  CHECK(v.size == 2);
  CHECK_FALSE(v.adds_bos);
  CHECK(v.adds_eos);
  CHECK(v.bos == 7);
  CHECK(v.eos == 8);
  CHECK(v.pieces.size() == 1);
}

TEST_CASE("vocabulary: where the file is silent the tokenizer's defaults hold") {
  const auto silent = [](const char* model, const char* pre) {
    return vocabulary_from(
        gguf_bytes().string("tokenizer.ggml.model", model).string("tokenizer.ggml.pre", pre), 2);
  };
  // Token 11 of GPT-2's family is the comma: a model without a BOS of its own has BOS ','.
  CHECK(silent("gpt2", "qwen2").bos == 11);
  CHECK(silent("gpt2", "qwen2").eos == 11);
  CHECK_FALSE(silent("gpt2", "qwen2").adds_bos);
  CHECK(silent("gpt2", "llama-bpe").adds_bos);
  CHECK(silent("llama", "").adds_bos);
  CHECK(silent("llama", "").bos == 1);
  CHECK(silent("bert", "").bos == 101);
  CHECK_FALSE(silent("bert", "").eos);
  CHECK(silent("t5", "").adds_eos);
  CHECK_FALSE(silent("of-next-year", "").bos);
  CHECK(vocabulary_from(gguf_bytes(), 0) == vocabulary_facts{});
}

TEST_CASE("vocabulary: a vocabulary agrees with itself and with one that is padded") {
  const vocabulary_facts v = vocabulary_with(1000);
  CHECK(difference_of(v, v).empty());
  CHECK(difference_of(v, vocabulary_with(1128)).empty());
  CHECK(difference_of(vocabulary_with(1128), v).empty());
  CHECK(difference_of(vocabulary_facts{}, vocabulary_facts{}).empty());
  CHECK(difference_of(v, vocabulary_with(1129)) ==
        "vocabulary (1129 tokens, not 1000; 128 more or fewer are bearable)");
  CHECK(difference_of(vocabulary_with(1129), v) ==
        "vocabulary (1000 tokens, not 1129; 128 more or fewer are bearable)");
}

TEST_CASE("vocabulary: one other piece is found, those of the first five tokens do not matter") {
  const vocabulary_facts v = vocabulary_with(1000);
  CHECK(difference_of(v, vocabulary_with(1000, 4, "x")).empty());
  CHECK(difference_of(v, vocabulary_with(1000, 5, "x")) ==
        "vocabulary (the first different piece is among tokens 0 to 63)");
  CHECK(difference_of(v, vocabulary_with(1000, 700, "x")) ==
        "vocabulary (the first different piece is among tokens 640 to 703)");
  // The last 40 of 1000 make no whole block, yet two of one size are compared to the end.
  CHECK(difference_of(v, vocabulary_with(1000, 999, "x")) ==
        "vocabulary (the first different piece is among tokens 960 to 999)");
  CHECK(difference_of(v, vocabulary_with(1100, 959, "x")) ==
        "vocabulary (the first different piece is among tokens 896 to 959)");
}

TEST_CASE("vocabulary: a border between pieces counts") {
  const auto of = [](const std::vector<std::string>& tail) {
    std::vector<std::string> pieces(5, "special");
    pieces.insert(pieces.end(), tail.begin(), tail.end());
    return vocabulary_from(gguf_bytes()
                               .string("tokenizer.ggml.model", "gpt2")
                               .strings("tokenizer.ggml.tokens", pieces),
                           2);
  };
  CHECK(!difference_of(of({"ab", "c"}), of({"a", "bc"})).empty());
  CHECK(difference_of(of({"ab", "c"}), of({"ab", "c"})).empty());
}

TEST_CASE("vocabulary: tokenizer, pre-tokenizer, BOS and EOS are told apart") {
  const vocabulary_facts target = vocabulary_with(100);
  const auto with = [&](const std::function<void(vocabulary_facts&)>& change) {
    vocabulary_facts draft = target;
    change(draft);
    return difference_of(target, draft);
  };
  CHECK(with([](auto& v) { v.tokenizer = "llama"; }) == "tokenizer (llama, not gpt2)");
  CHECK(with([](auto& v) { v = {}; }) == "tokenizer (none, not gpt2)");
  CHECK(with([](auto& v) { v.pre = "deepseek-coder"; }) ==
        "pre-tokenizer (deepseek-coder, not qwen2)");
  CHECK(with([](auto& v) { v.adds_bos = true; }) ==
        "BOS rule (it adds the token, its model does not)");
  CHECK(with([](auto& v) { v.bos = 11; }) == "BOS token (11, not 1)");
  CHECK(with([](auto& v) { v.adds_eos = true; }) ==
        "EOS rule (it adds the token, its model does not)");
  CHECK(with([](auto& v) { v.eos.reset(); }) == "EOS token (none, not 2)");
}
