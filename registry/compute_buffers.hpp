#pragma once

#include "registry/memory_shape.hpp"
#include "registry/registry.hpp"

#include <cstdint>

namespace rolecall::registry {

/// How llama-server computes with a model.
struct graph_settings {
  std::uint64_t tokens = 512;  ///< at once: --ubatch-size, or the context of a slot if that is less
  std::uint64_t cells = 4096;  ///< context of one slot
  std::uint64_t slots = 1;
  std::uint64_t outputs = 1;       ///< tokens at once that get logits or embeddings
  std::uint64_t experts_used = 0;  ///< of a mixture of experts, per token
  bool flash_attention = true;
  bool quantised_cache = false;  ///< K in blocks: llama.cpp turns Q and K before they meet
};

/// Cells of a cache for one slot (llama_kv_cache_iswa: window and one batch, in steps of 256;
/// llama_kv_cache_dsv4: compressed rows in steps of 256).
[[nodiscard]] std::uint64_t cells_of(const token_cache& cache, const graph_settings& settings);

/// Bytes of llama.cpp's compute buffer: the graph of one full batch through all blocks, laid out as
/// ggml does it (llama_context::graph_reserve with llm_build_* of the model). Exact to some MiB for
/// attention with dense or expert feed-forward parts, latent attention, gated delta nets, mamba and
/// encoders; for other recurrent blocks an estimate that is rather too high.
[[nodiscard]] byte_count compute_buffer(const memory_shape& shape, const graph_settings& settings);

/// Bytes of heap that go with the graph: descriptions of its nodes (llama_context::graph_max_nodes)
/// and, while a product runs, its input in the type of its weights (ggml_graph_plan).
[[nodiscard]] byte_count graph_heap(const memory_shape& shape, const graph_settings& settings);

/// Bytes of the buffer that hands out logits or embeddings (llama_context::output_reserve).
[[nodiscard]] byte_count output_buffer(const memory_shape& shape, const graph_settings& settings,
                                       bool embeddings);

}  // namespace rolecall::registry
