#pragma once

#include "registry/registry.hpp"

#include <cstdint>
#include <string_view>
#include <vector>

namespace rolecall::registry {

struct gguf_header;

/// A cache that keeps rows of K and V for tokens: its elements per token, of all layers that have
/// such a cache.
struct token_cache {
  std::uint64_t k = 0;
  std::uint64_t v = 0;
  std::uint64_t window = 0;  ///< tokens that are looked back at; 0: all of the context
  std::uint64_t stride = 1;  ///< tokens to a row; more than 1 where they are compressed

  bool operator==(const token_cache&) const = default;
};

/// Attention of one block. Widths are elements per token.
struct attention_shape {
  std::uint64_t heads = 0;   ///< 0: this block has none
  std::uint64_t query = 0;   ///< heads × their size in K
  std::uint64_t key = 0;     ///< as kept in the cache
  std::uint64_t value = 0;   ///< likewise; 0 where V is part of K
  std::uint64_t output = 0;  ///< heads × their size in V
  bool fused = false;        ///< one product makes Q, K and V
  bool gated = false;        ///< Q comes with a gate of its own width
  bool sliding = false;      ///< sees only a window
  bool latent = false;       ///< multi-head latent attention; the next four are its own
  std::uint64_t query_rank = 0;
  std::uint64_t latent_rank = 0;
  std::uint64_t rotated = 0;      ///< of a head, with positions
  std::uint64_t straight = 0;     ///< of a head, before compression, without positions
  std::uint64_t index_heads = 0;  ///< of the indexer that picks tokens; 0: none
  std::uint64_t index_width = 0;
  std::uint64_t picked = 0;  ///< tokens it picks at most

  bool operator==(const attention_shape&) const = default;
};

enum class recurrence { none, selective_scan, grouped_scan, delta_net, short_convolution, other };

/// Recurrent part of one block: mamba, mamba2, gated delta net (qwen3next), lfm2's convolution.
struct recurrence_shape {
  recurrence kind = recurrence::none;
  std::uint64_t projected = 0;  ///< elements per token that come out of the first product
  std::uint64_t convolved = 0;  ///< of these, the ones that pass the convolution
  std::uint64_t inner = 0;      ///< elements per token that the state makes
  std::uint64_t ranked = 0;     ///< mamba's x: step, B and C
  std::uint64_t key = 0;        ///< delta net's keys
  std::uint64_t carried = 0;    ///< elements of convolution kept per sequence
  std::uint64_t state = 0;      ///< elements of state kept per sequence

  bool operator==(const recurrence_shape&) const = default;
};

/// Feed-forward part of one block, dense or of experts.
struct feed_forward_shape {
  std::uint64_t width = 0;  ///< dense; 0: none
  bool gated = false;       ///< two products, one gating the other
  std::uint64_t experts = 0;
  std::uint64_t expert_width = 0;
  bool merged = false;             ///< gate and up of the experts come from one product
  std::uint64_t shared_width = 0;  ///< of experts that every token passes
  bool beside = false;             ///< works on the attention's input, not on its output

  bool operator==(const feed_forward_shape&) const = default;
};

struct block_shape {
  attention_shape attention;
  recurrence_shape recurrent;
  feed_forward_shape feed_forward;

  bool operator==(const block_shape&) const = default;
};

/// What of a model decides on the memory of a context.
struct memory_shape {
  std::vector<token_cache> caches;
  byte_count state_bytes = 0;  ///< recurrent state of one sequence
  std::uint64_t embedding = 0;
  std::uint64_t vocabulary = 0;    ///< rows of the output matrix; 0: the model makes no logits
  std::uint64_t experts_used = 0;  ///< per token
  bool encoder = false;            ///< attends without a cache
  std::vector<block_shape> blocks;
  /// Bytes of tensors that llama-server copies into a layout its CPU code prefers, if it may.
  byte_count repackable_bytes = 0;
  byte_count tensor_bytes = 0;  ///< of all tensors
  std::uint64_t tensor_count = 0;

  /// Elements of K and V that a token costs in a context without windows.
  [[nodiscard]] std::uint64_t k_elements() const noexcept;
  [[nodiscard]] std::uint64_t v_elements() const noexcept;
};

/// Formulas of llama.cpp's llama_hparams (n_embd_k_gqa, n_embd_v_gqa, n_embd_r, n_embd_s, is_swa,
/// is_mla), of its models' load_arch_hparams for what a file may leave out, and of
/// ggml_repack_get_optimal_repack_type. `header` has the tensors of all shards.
[[nodiscard]] memory_shape shape_of(const gguf_header& header, std::string_view architecture);

}  // namespace rolecall::registry
