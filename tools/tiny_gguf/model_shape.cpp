#include "tools/tiny_gguf/model_shape.hpp"

#include <algorithm>

namespace rolecall::tiny_gguf {

namespace {

constexpr std::uint64_t layer_size = 64ULL << 20;
constexpr std::uint32_t most_layers = 64;

std::uint64_t distance(std::uint64_t a, std::uint64_t b) { return a > b ? a - b : b - a; }

// The feed-forward length that brings `shape` nearest to `wanted`, at least the one it has.
void widen(model_shape& shape, std::uint64_t wanted, std::uint32_t step,
           const size_of_shape& size) {
  const auto with_steps = [&](std::uint64_t steps) {
    auto result = shape;
    result.feed_forward += static_cast<std::uint32_t>(steps * step);
    return result;
  };
  // Layers are all alike, so the size is linear in the number of steps.
  const auto base = size(shape);
  const auto one_step = size(with_steps(1)) - base;
  const auto steps = (wanted - base) / one_step;
  const auto below = with_steps(steps);
  const auto above = with_steps(steps + 1);
  shape = distance(size(below), wanted) <= distance(size(above), wanted) ? below : above;
}

}  // namespace

model_shape smallest_shape(const shape_limits& limits) {
  return {limits.width, limits.layer_step, limits.smallest_feed_forward};
}

std::optional<model_shape> fit_shape(std::uint64_t wanted, const shape_limits& limits,
                                     const size_of_shape& size) {
  auto shape = smallest_shape(limits);
  if (size(shape) > wanted) return std::nullopt;
  const auto layers =
      std::clamp<std::uint64_t>(wanted / layer_size, limits.layer_step, most_layers);
  shape.layers = static_cast<std::uint32_t>(layers / limits.layer_step * limits.layer_step);
  while (size(shape) > wanted) shape.layers -= limits.layer_step;
  widen(shape, wanted, limits.feed_forward_step, size);
  return shape;
}

}  // namespace rolecall::tiny_gguf
