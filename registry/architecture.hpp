#pragma once

#include "registry/gguf.hpp"

#include <cstdint>
#include <string_view>

namespace rolecall::registry {

/// What follows from an architecture. The lists are llama.cpp's (llm_arch_is_recurrent,
/// llm_arch_is_hybrid, the architectures that get no KV cache); keys of recurrent layers count as
/// well, so that a newer architecture is recognised.
struct architecture_traits {
  bool recurrent = false;  ///< recurrent or hybrid
  bool encoder = false;
  bool vision = false;
};
[[nodiscard]] architecture_traits traits_of(const gguf_header& header,
                                            std::string_view architecture);

/// Elements of K and V per token over all attention layers, and bytes of recurrent state per
/// sequence.
struct cache_shape {
  std::uint64_t k_elements = 0;
  std::uint64_t v_elements = 0;
  byte_count state_bytes = 0;
};
/// Formulas of llama.cpp's llama_hparams (n_embd_k_gqa, n_embd_v_gqa, n_embd_r, n_embd_s).
[[nodiscard]] cache_shape shape_of(const gguf_header& header, std::string_view architecture);

}  // namespace rolecall::registry
