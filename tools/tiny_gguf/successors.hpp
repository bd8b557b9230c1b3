#pragma once

#include "tools/tiny_gguf/bpe.hpp"
#include "tools/tiny_gguf/vocabulary.hpp"

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace rolecall::tiny_gguf {

// ln(numerator / denominator), both positive, by additions and multiplications only: the same bits
// on every machine, which a library's logarithm does not promise.
double log_ratio(std::uint64_t numerator, std::uint64_t denominator);

// What tends to follow what in a text, as scores that add up like log-probabilities:
// score(next) = after(last token, next) + skipping(token before last, next).
//
// Tokens are told apart by their slot (slots.hpp). All tokens that the text does not have share the
// unknown slot, after which a sentence begins.
class successors {
 public:
  static constexpr std::uint32_t slots = 255;
  static constexpr std::uint32_t unknown_slot = 0;

  explicit successors(const vocabulary& words);

  std::uint32_t slot(token_id token) const;

  // 0 for what never follows; otherwise positive, and higher for what follows more often.
  float after(std::uint32_t slot, token_id next) const;

  // How much more likely `next` becomes by what stands two places before it; 0 if never seen there.
  float skipping(std::uint32_t slot, token_id next) const;

  // What to add for a token whatever came before: tokens that the text does not have are unlikely.
  float anywhere(token_id next) const;

 private:
  using pair_counts = std::map<std::pair<std::uint32_t, token_id>, std::uint64_t>;

  void count(std::uint32_t before_last, std::uint32_t last, token_id next);

  std::map<token_id, std::uint32_t> slots_;
  pair_counts after_, skipping_;
  std::map<std::uint32_t, std::uint64_t> after_total_, skipping_total_;
  std::map<token_id, std::uint64_t> occurrences_;
  std::uint64_t length_ = 0;
};

}  // namespace rolecall::tiny_gguf
