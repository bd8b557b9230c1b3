#include "tools/tiny_gguf/successors.hpp"

#include "tools/tiny_gguf/slots.hpp"

#include <cmath>
#include <set>

#include <doctest/doctest.h>

using namespace rolecall::tiny_gguf;

namespace {

// What a model says at temperature 0.
std::vector<token_id> most_likely_answer(const vocabulary& words, const successors& order,
                                         std::size_t most) {
  std::vector<token_id> said;
  auto before_last = successors::unknown_slot;
  auto last = order.slot(words.line_end());
  while (said.size() < most) {
    token_id best = 0;
    float best_score = -INFINITY;
    for (token_id next = 0; next < words.size(); ++next) {
      const float score =
          order.after(last, next) + order.skipping(before_last, next) + order.anywhere(next);
      if (score > best_score) {
        best_score = score;
        best = next;
      }
    }
    if (best == words.end_of_answer()) break;
    said.push_back(best);
    before_last = last;
    last = order.slot(best);
  }
  return said;
}

}  // namespace

TEST_CASE("tiny_gguf: logarithms of ratios are right") {
  for (const auto& [a, b] : {std::pair{1, 1}, {1, 7}, {22, 7}, {1, 100000}, {65536, 1}}) {
    CHECK(log_ratio(static_cast<std::uint64_t>(a), static_cast<std::uint64_t>(b)) ==
          doctest::Approx(std::log(double(a) / b)).epsilon(1e-6));
  }
}

TEST_CASE("tiny_gguf: the most likely answer is a few sentences and ends by itself") {
  const vocabulary words;
  const successors order(words);
  const auto answer = most_likely_answer(words, order, 200);
  CHECK(answer.size() > 5);
  CHECK(answer.size() < 200);
  CHECK(words.spelling(answer.back()) == ".");
}

TEST_CASE("tiny_gguf: what the text does not have is never the best continuation") {
  const vocabulary words;
  const successors order(words);
  CHECK(order.slot(0) == successors::unknown_slot);
  CHECK(order.anywhere(0) < 0);
  CHECK(order.anywhere('.') == 0);
  CHECK(order.after(order.slot(words.line_end()), 0) == 0);
}

TEST_CASE("tiny_gguf: a token that is not in the text is followed by the beginning of a sentence") {
  const vocabulary words;
  const successors order(words);
  std::set<std::string> beginnings;
  for (token_id next = 0; next < words.size(); ++next) {
    if (order.after(successors::unknown_slot, next) > 0) beginnings.insert(words.spelling(next));
  }
  CHECK(beginnings.contains("\u0120The"));
  CHECK_FALSE(beginnings.contains("\u0120the"));
}

TEST_CASE("tiny_gguf: tokens have a slot each while slots last, then rare ones share") {
  const std::vector<std::vector<token_id>> text{{1, 2, 1, 3, 1, 2, 4, 5}};
  const auto roomy = assign_slots(text, 8);
  std::set<std::uint32_t> different;
  for (const auto& [token, slot] : roomy) different.insert(slot);
  CHECK(different.size() == roomy.size());
  CHECK_FALSE(different.contains(0));

  const auto tight = assign_slots(text, 5);
  CHECK(tight.size() == 5);
  for (const auto& [token, slot] : tight) {
    CHECK(slot > 0);
    CHECK(slot < 5);
    if (token != 1) CHECK(slot != tight.at(1));
  }
}
