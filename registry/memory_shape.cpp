#include "registry/memory_shape.hpp"

#include "registry/architecture.hpp"
#include "registry/architecture_keys.hpp"
#include "registry/block_shapes.hpp"
#include "registry/gguf.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace rolecall::registry {

namespace {

/// Which blocks see a window of tokens only.
struct window_pattern {
  std::uint64_t window = 0;  ///< tokens; 0: none does
  std::vector<bool> sliding;
};

/// Every n-th block sees all of the context: the last of n, or the first.
struct window_period {
  std::string_view architecture;
  std::uint64_t blocks;  ///< 0: every block slides; 1: none
  bool whole_first = false;
};
/// What the models' load_arch_hparams set where the file does not say.
constexpr std::array periods{
    window_period{"afmoe", 4},        window_period{"cohere2", 4},
    window_period{"cohere2moe", 4},   window_period{"deepseek4", 0},
    window_period{"exaone-moe", 4},   window_period{"exaone4", 4},
    window_period{"gemma2", 2},       window_period{"gemma3", 6},
    window_period{"gemma3n", 5},      window_period{"gpt-oss", 2},
    window_period{"laguna", 4, true}, window_period{"lfm2", 0},
    window_period{"llama4", 4},       window_period{"mellum", 4},
    window_period{"muse-glimmer", 4}, window_period{"olmo2", 4},
    window_period{"plamo3", 8},       window_period{"smallthinker", 4, true},
};
/// Text by diffusion: made in place, without a cache.
constexpr std::array<std::string_view, 4> diffusing{"dream", "llada", "llada-moe", "rnd1"};
constexpr std::uint64_t llama4_window = 8192;
constexpr std::uint64_t smallthinker_window = 4096;
constexpr std::uint64_t sliding_exaone4_blocks = 64;  // the smaller ones do without

window_pattern windows_of(const architecture_keys& keys, std::string_view architecture,
                          std::size_t blocks) {
  window_pattern result{0, std::vector<bool>(blocks, false)};
  std::uint64_t window = keys.number_or("attention.sliding_window", 0);
  if (window == 0 && !keys.number("attention.sliding_window")) {
    if (architecture == "llama4") window = llama4_window;
    if (architecture == "smallthinker") window = smallthinker_window;
  }
  if (window == 0 || architecture == "phi3") return result;
  if (architecture == "exaone4" && blocks < sliding_exaone4_blocks) return result;
  const auto known = std::find_if(periods.begin(), periods.end(), [&](const window_period& p) {
    return p.architecture == architecture;
  });
  const auto stated = keys.number("attention.sliding_window_pattern");
  const auto flags = keys.per_layer("attention.sliding_window_pattern", blocks);
  const bool periodic = stated || (!flags && known != periods.end());
  if (!periodic && !flags) return result;
  const std::uint64_t period = stated ? *stated : known == periods.end() ? 1 : known->blocks;
  const bool whole_first = known != periods.end() && known->whole_first;
  for (std::size_t i = 0; i < blocks; ++i) {
    result.sliding[i] = !periodic     ? (*flags)[i] != 0
                        : period == 0 ? true
                        : whole_first ? i % period != 0
                                      : i % period < period - 1;
  }
  result.window = window;
  return result;
}

/// Adds what a block keeps per token to the cache of its kind.
void keep(std::vector<token_cache>& caches, const token_cache& of_block) {
  if (of_block.k == 0 && of_block.v == 0) return;
  const auto found = std::find_if(caches.begin(), caches.end(), [&](const token_cache& cache) {
    return cache.window == of_block.window && cache.stride == of_block.stride;
  });
  if (found == caches.end()) {
    caches.push_back(of_block);
    return;
  }
  found->k += of_block.k;
  found->v += of_block.v;
}

/// DeepSeek 4 keeps a window as it is and all of the context compressed (llama_kv_cache_dsv4):
/// every 4 or every 128 tokens to one row, as the block's ratio says, and an index beside the
/// former.
void keep_compressed(memory_shape& shape, const architecture_keys& keys) {
  constexpr std::uint64_t indexed_ratio = 4;
  const auto ratios = keys.per_layer("attention.compress_ratios", shape.blocks.size());
  if (!ratios) return;
  for (std::size_t i = 0; i < shape.blocks.size(); ++i) {
    const std::uint64_t ratio = (*ratios)[i];
    if (ratio < 2) continue;
    keep(shape.caches, {.k = shape.blocks[i].attention.key, .stride = ratio});
    if (ratio == indexed_ratio)
      keep(shape.caches, {.k = shape.blocks[i].attention.index_width, .stride = ratio});
  }
}

/// ggml types that x86 builds repack, given AVX2 (AVX-512 for Q2_K), and the rows they take at once
/// (ggml_repack_get_optimal_repack_type). Only matrices of products are; rows are looked up in
/// token_embd.
bool repackable(const gguf_tensor& tensor) {
  constexpr std::array<std::uint32_t, 5> types{2, 10, 12, 20, 39};  // Q4_0 Q2_K Q4_K IQ4_NL MXFP4
  constexpr std::uint64_t rows_at_once = 8;
  return std::find(types.begin(), types.end(), tensor.type) != types.end() &&
         tensor.dims.size() >= 2 && tensor.dims[1] % rows_at_once == 0 &&
         tensor.name != "token_embd.weight";
}

}  // namespace

std::uint64_t memory_shape::k_elements() const noexcept {
  std::uint64_t sum = 0;
  for (const token_cache& cache : caches) sum += cache.stride == 1 ? cache.k : 0;
  return sum;
}

std::uint64_t memory_shape::v_elements() const noexcept {
  std::uint64_t sum = 0;
  for (const token_cache& cache : caches) sum += cache.stride == 1 ? cache.v : 0;
  return sum;
}

memory_shape shape_of(const gguf_header& header, std::string_view architecture) {
  const architecture_keys keys(header, architecture);
  memory_shape shape;
  const bool embeds = traits_of(header, architecture).encoder;
  shape.encoder =
      embeds || std::find(diffusing.begin(), diffusing.end(), architecture) != diffusing.end();
  shape.embedding = keys.number_or("embedding_length", 0);
  shape.experts_used = keys.number_or("expert_used_count", 0);
  const tensor_index tensors(header);
  if (!embeds) {
    shape.vocabulary = std::max(tensors.rows("output.weight"), tensors.rows("token_embd.weight"));
  }
  shape.blocks = blocks_of(header, architecture, tensors);
  const window_pattern windows = windows_of(keys, architecture, shape.blocks.size());
  for (std::size_t i = 0; i < shape.blocks.size(); ++i) {
    block_shape& block = shape.blocks[i];
    block.attention.sliding = windows.sliding[i];
    shape.state_bytes += (block.recurrent.carried + block.recurrent.state) * sizeof(float);
    if (shape.encoder || block.attention.heads == 0) continue;
    const std::uint64_t window = windows.sliding[i] ? windows.window : 0;
    keep(shape.caches, {block.attention.key, block.attention.value, window});
    if (architecture == "deepseek4" || block.attention.index_heads == 0) continue;
    const std::uint64_t index = block.attention.index_width;
    keep(shape.caches, {.k = index, .v = architecture == "minimax-m3" ? index : 0});
  }
  if (architecture == "deepseek4") keep_compressed(shape, keys);
  shape.tensor_count = header.tensors.size();
  for (const gguf_tensor& tensor : header.tensors) {
    shape.tensor_bytes += tensor.bytes;
    if (repackable(tensor)) shape.repackable_bytes += tensor.bytes;
  }
  return shape;
}

}  // namespace rolecall::registry
