#include "tools/tiny_gguf/previous_token_head.hpp"

#include <cmath>

namespace rolecall::tiny_gguf {

namespace {

// Few high frequencies tell neighbours apart, more of them avoid a distant look-alike. With ten,
// each weighing 0.85 of the one before, the second best distance reaches 0.832 of the best score.
constexpr int frequencies = 10;
constexpr double weight_ratio = 0.85;
constexpr double best_score = 120;

constexpr double theta_ratio = 0.74989420933245583;  // rope_base ^ (-2 / head_length)

// Taylor series for angles up to 1: the same bits on every machine.
double sine(double x) {
  double term = x;
  double sum = x;
  for (int n = 2; n < 20; n += 2) {
    term *= -x * x / (n * (n + 1));
    sum += term;
  }
  return sum;
}

}  // namespace

previous_token_head make_previous_token_head() {
  double total_weight = 0;
  for (int f = 0; f < frequencies; ++f) total_weight = total_weight * weight_ratio + 1;

  previous_token_head head;
  const double squared_length = best_score * std::sqrt(double{head_length});
  double weight = 1;
  double theta = 1;
  for (std::size_t f = 0; f < frequencies; ++f) {
    const double amplitude = std::sqrt(squared_length * weight / total_weight);
    const double s = sine(theta);
    const double c = std::sqrt(1 - s * s);
    head.query[f] = static_cast<float>(amplitude);
    // Turned ahead by one position, so that it meets the query of the next token.
    head.key[f] = static_cast<float>(amplitude * c);
    head.key[f + head_length / 2] = static_cast<float>(amplitude * s);
    weight *= weight_ratio;
    theta *= theta_ratio;
  }
  head.norm_weight = static_cast<float>(std::sqrt(squared_length / head_length));
  return head;
}

}  // namespace rolecall::tiny_gguf
