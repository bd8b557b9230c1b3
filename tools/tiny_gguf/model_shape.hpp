#pragma once

#include <cstdint>
#include <functional>
#include <optional>

namespace rolecall::tiny_gguf {

// What may be chosen about a model of a given kind.
struct model_shape {
  // Hidden size. The wide models also attend to the token before the last one; the narrow ones are
  // for sizes that are too small for that.
  std::uint32_t width = 512;
  std::uint32_t layers = 2;
  std::uint32_t feed_forward = 512;  // of one expert where there are experts

  bool operator==(const model_shape&) const = default;
};

inline constexpr std::uint32_t narrow_width = 256;
inline constexpr std::uint32_t wide_width = 512;

// Which shapes a kind can have: a multiple of `layer_step` layers and of `feed_forward_step`.
struct shape_limits {
  std::uint32_t width = wide_width;
  std::uint32_t layer_step = 1;
  std::uint32_t feed_forward_step = 4;
  std::uint32_t smallest_feed_forward = 16;
};

using size_of_shape = std::function<std::uint64_t(const model_shape&)>;

model_shape smallest_shape(const shape_limits& limits);

// The shape whose file comes nearest to `wanted` bytes: more layers first, about 64 MiB each, then
// wider ones. Nothing if even the smallest shape is larger than that.
std::optional<model_shape> fit_shape(std::uint64_t wanted, const shape_limits& limits,
                                     const size_of_shape& size);

}  // namespace rolecall::tiny_gguf
