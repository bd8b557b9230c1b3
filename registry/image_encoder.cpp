#include "registry/image_encoder.hpp"

#include "registry/architecture_keys.hpp"

#include <algorithm>

namespace rolecall::registry {

namespace {

constexpr std::uint64_t colours = 3;
constexpr std::uint64_t largest_side = 1ULL << 14;  // hostile sizes must not overflow
constexpr std::uint64_t free_size_side = 46;        // merged patches; each is two by two

}  // namespace

byte_count image_buffer(const gguf_header& projector) {
  const architecture_keys keys(projector, "clip");
  const std::uint64_t patch =
      std::clamp<std::uint64_t>(keys.number_or("vision.patch_size", 14), 1, 256);
  std::uint64_t side = keys.number_or("vision.image_size", 0);
  const std::string kind = projector.text("clip.projector_type")
                               .value_or(projector.text("clip.vision.projector_type").value_or(""));
  if (kind.find("qwen") != std::string::npos) side = free_size_side * 2 * patch;
  side = std::min(side, largest_side);
  const std::uint64_t patches = (side / patch) * (side / patch);
  const std::uint64_t embedding = keys.number_or("vision.embedding_length", 0);
  const std::uint64_t width = keys.number_or("vision.feed_forward_length", 0);
  // A gated block has two products before the one that narrows it again.
  const std::uint64_t parts = tensor_index(projector).has("v.blk.0.ffn_gate.weight") ? 3 : 2;
  const byte_count image = side * side * colours * sizeof(float);
  // The patches as f16 rows, and what the convolution makes of them; or the widest block.
  const byte_count convolution =
      patches * (patch * patch * colours * 2 + embedding * sizeof(float));
  const byte_count block =
      patches * sizeof(float) * (2 * embedding + std::max(parts * width, 4 * embedding));
  return image + std::max(convolution, block);
}

}  // namespace rolecall::registry
