#pragma once

#include <array>
#include <cstdint>

namespace rolecall::tiny_gguf {

inline constexpr std::uint32_t head_length = 64;
inline constexpr float rope_base = 10000.0F;

// An attention head whose queries and keys are the same for every token, so that after rotary
// position embedding (RoPE, the paired-halves form) the score depends on the distance alone:
//
//   score(distance) = sum over f of a_f^2 cos(theta_f (distance - 1)) / sqrt(head_length)
//
// It is largest for the token directly before, by 20 or more for every distance below 40,000, so
// the softmax selects that token.
struct previous_token_head {
  std::array<float, head_length> query{};
  std::array<float, head_length> key{};
  // Root mean square of both: the weight of a following RMS norm that keeps their length.
  float norm_weight = 0;
};

previous_token_head make_previous_token_head();

}  // namespace rolecall::tiny_gguf
