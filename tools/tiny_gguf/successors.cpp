#include "tools/tiny_gguf/successors.hpp"

#include "tools/tiny_gguf/slots.hpp"

#include <algorithm>

namespace rolecall::tiny_gguf {

namespace {

constexpr double natural_log_of_two = 0.69314718055994531;

// A pair that was seen once among a thousand still scores 3, far above one that never was.
constexpr double seen_at_all = 10.0;
constexpr double seen_skipping = 2.0;
constexpr double strongest_gain = 5.0;
constexpr float not_in_the_text = -6.0F;

std::map<token_id, std::uint32_t> slots_of(const vocabulary& words) {
  auto text = words.text();
  for (auto& paragraph : text) {
    paragraph.insert(paragraph.begin(), words.line_end());
    paragraph.push_back(words.end_of_answer());
  }
  return assign_slots(text, successors::slots);
}

}  // namespace

double log_ratio(std::uint64_t numerator, std::uint64_t denominator) {
  double x = static_cast<double>(numerator) / static_cast<double>(denominator);
  double result = 0;
  for (; x >= 2; x /= 2) result += 1;
  for (; x < 1; x *= 2) result -= 1;
  // x is in [1, 2): each squaring yields one more binary digit of its logarithm.
  for (double digit = 0.5; digit > 1e-9; digit /= 2) {
    x *= x;
    if (x >= 2) {
      x /= 2;
      result += digit;
    }
  }
  return result * natural_log_of_two;
}

successors::successors(const vocabulary& words) : slots_(slots_of(words)) {
  const auto full_stop = token_id{'.'};
  for (const auto& paragraph : words.text()) {
    std::uint32_t before_last = unknown_slot;
    std::uint32_t last = slot(words.line_end());
    bool begins_sentence = false;
    const auto step = [&](token_id next) {
      count(before_last, last, next);
      if (begins_sentence && next != words.end_of_answer()) count(unknown_slot, unknown_slot, next);
      begins_sentence = next == full_stop;
      before_last = last;
      last = slot(next);
    };
    for (const auto token : paragraph) step(token);
    step(words.end_of_answer());
  }
}

void successors::count(std::uint32_t before_last, std::uint32_t last, token_id next) {
  ++after_[{last, next}];
  ++after_total_[last];
  ++occurrences_[next];
  ++length_;
  if (before_last == unknown_slot) return;
  ++skipping_[{before_last, next}];
  ++skipping_total_[before_last];
}

std::uint32_t successors::slot(token_id token) const {
  const auto found = slots_.find(token);
  return found == slots_.end() ? unknown_slot : found->second;
}

float successors::after(std::uint32_t slot, token_id next) const {
  const auto seen = after_.find({slot, next});
  if (seen == after_.end()) return 0;
  return static_cast<float>(seen_at_all + log_ratio(seen->second, after_total_.at(slot)));
}

float successors::skipping(std::uint32_t slot, token_id next) const {
  const auto seen = skipping_.find({slot, next});
  if (seen == skipping_.end()) return 0;
  const auto expected = occurrences_.at(next) * skipping_total_.at(slot);
  const double gain = log_ratio(seen->second * length_, expected);
  return static_cast<float>(seen_skipping + std::clamp(gain, 0.0, strongest_gain));
}

float successors::anywhere(token_id next) const {
  return occurrences_.contains(next) ? 0.0F : not_in_the_text;
}

}  // namespace rolecall::tiny_gguf
