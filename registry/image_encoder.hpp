#pragma once

#include "registry/registry.hpp"

namespace rolecall::registry {

struct gguf_header;

/// Bytes that a vision projector computes in, for the image that llama-server reserves memory with
/// (clip_ctx's warm-up: the model's own size, or 46 × 46 merged patches where it takes any). A
/// larger image takes more.
[[nodiscard]] byte_count image_buffer(const gguf_header& projector);

}  // namespace rolecall::registry
