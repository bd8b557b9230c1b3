#include "tools/tiny_gguf/bpe.hpp"

#include "tools/tiny_gguf/vocabulary.hpp"

#include <doctest/doctest.h>

using namespace rolecall::tiny_gguf;

TEST_CASE("tiny_gguf: a word takes the space before it along and punctuation stands alone") {
  CHECK(split_words("The fleet, ready.\nGo") ==
        std::vector<std::string>{"The", " fleet", ",", " ready", ".", "\n", "Go"});
  CHECK(split_words(" ") == std::vector<std::string>{" "});
  CHECK(split_words("").empty());
}

TEST_CASE("tiny_gguf: the byte alphabet shows a space as a letter and keeps printable characters") {
  const auto symbols = byte_symbols();
  REQUIRE(symbols.size() == 256);
  CHECK(symbols[' '] == "\u0120");
  CHECK(symbols['\n'] == "\u010A");
  CHECK(symbols['a'] == "a");
  CHECK(symbols[0xFF] == "\u00FF");
}

TEST_CASE("tiny_gguf: every word that merges were learnt from becomes one token") {
  const auto encoding = learn_merges({{" model", 3}, {" models", 2}, {"morning", 1}});
  for (const auto* word : {" model", " models", "morning"}) {
    CHECK(encode_word(encoding, word).size() == 1);
  }
  const auto plural = encode_word(encoding, " models").front();
  CHECK(encoding.tokens[plural] == "\u0120models");
}

TEST_CASE("tiny_gguf: an unknown word is spelt from known pieces") {
  const auto encoding = learn_merges({{"night", 2}});
  std::string spelling;
  for (const auto token : encode_word(encoding, "nights")) spelling += encoding.tokens[token];
  CHECK(spelling == "nights");
}

TEST_CASE(
    "tiny_gguf: the most frequent pair is merged first, the first of equals before the rest") {
  const auto encoding = learn_merges({{"ab", 1}, {"cd", 2}, {"ef", 1}});
  REQUIRE(encoding.merges.size() == 3);
  CHECK(encoding.tokens[encoding.merges[0].whole] == "cd");
  CHECK(encoding.tokens[encoding.merges[1].whole] == "ab");
  CHECK(encoding.tokens[encoding.merges[2].whole] == "ef");
}

TEST_CASE("tiny_gguf: the vocabulary spells its text with whole words") {
  const vocabulary words;
  for (const auto& answer : words.text()) {
    for (const auto token : answer) CHECK(token < words.size());
  }
  CHECK(words.spelling(words.text().front().front()) == "The");
  CHECK(words.spelling(words.end_of_answer()) == "<|im_end|>");
}
