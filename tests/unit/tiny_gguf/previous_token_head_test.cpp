#include "tools/tiny_gguf/previous_token_head.hpp"

#include <cmath>

#include <doctest/doctest.h>

using namespace rolecall::tiny_gguf;

namespace {

// The attention score of a key `distance` tokens before the query, with the engine's rotation of
// the paired halves.
double score(const previous_token_head& head, int distance) {
  double sum = 0;
  for (int f = 0; f < 32; ++f) {
    const double angle = distance * std::pow(double{rope_base}, -f / 32.0);
    const auto i = static_cast<std::size_t>(f);
    const double first = head.query[i] * std::cos(angle) - head.query[i + 32] * std::sin(angle);
    const double second = head.query[i] * std::sin(angle) + head.query[i + 32] * std::cos(angle);
    sum += first * head.key[i] + second * head.key[i + 32];
  }
  return sum / std::sqrt(double{head_length});
}

}  // namespace

TEST_CASE("tiny_gguf: the head prefers the token before at every distance of the trained context") {
  const auto head = make_previous_token_head();
  const double best = score(head, 1);
  double second_best = score(head, 0);
  for (int distance = 2; distance < 32768; ++distance) {
    second_best = std::max(second_best, score(head, distance));
  }
  CHECK(best - second_best > 19.9);
}

TEST_CASE("tiny_gguf: query and key have the length that their norm weight restores") {
  const auto head = make_previous_token_head();
  for (const auto& pattern : {head.query, head.key}) {
    double squares = 0;
    for (const float x : pattern) squares += double{x} * x;
    CHECK(std::sqrt(squares / head_length) == doctest::Approx(head.norm_weight).epsilon(1e-5));
  }
}
