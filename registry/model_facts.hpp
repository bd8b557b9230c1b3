#pragma once

#include "registry/registry.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall::registry {

/// What a tokenizer is known by. A draft must agree with its target, or none of its tokens are
/// accepted.
struct vocabulary_facts {
  std::string tokenizer;  ///< tokenizer.ggml.model: gpt2, llama, bert …; empty when there is none
  std::uint64_t size = 0;  ///< tokens
  bool adds_bos = false;
  std::optional<std::uint64_t> bos;  ///< token ids
  std::optional<std::uint64_t> eos;

  bool operator==(const vocabulary_facts&) const = default;
};

/// What the launcher, the rules and the footprint need to know of a model's files; read from GGUF
/// headers once.
struct model_facts {
  std::filesystem::path path;                   ///< first shard, resolved
  std::vector<std::filesystem::path> shards;    ///< all files of the weights, `path` first
  std::optional<std::filesystem::path> mmproj;  ///< resolved
  byte_count weights_bytes = 0;                 ///< sum of the shards' file sizes
  byte_count mmproj_bytes = 0;

  std::string architecture;  ///< general.architecture
  std::string name;          ///< general.name, may be empty
  int block_count = 0;
  int context_train = 0;  ///< tokens
  int embedding_length = 0;
  int expert_count = 0;  ///< 0: not a mixture of experts
  int expert_used_count = 0;
  std::uint64_t kv_elements_k = 0;       ///< K cache elements per token, over all attention layers
  std::uint64_t kv_elements_v = 0;       ///< V cache elements likewise
  byte_count recurrent_state_bytes = 0;  ///< per slot, for recurrent and hybrid models
  bool recurrent = false;  ///< has state that cannot be rolled back (mamba, qwen3next, …)
  bool encoder = false;    ///< embedding architectures such as bert: no KV cache
  bool vision = false;     ///< made for images (qwen2vl, qwen3vlmoe, …) or given an mmproj
  vocabulary_facts vocabulary;
};

/// Footprint of one instance, each part in bytes.
struct footprint {
  byte_count weights = 0;
  byte_count mmproj = 0;
  byte_count draft = 0;     ///< the draft's weights and its KV cache
  byte_count kv_cache = 0;  ///< recurrent state included
  byte_count cache_ram = 0;
  byte_count overhead = 0;  ///< fixed: compute buffers, process

  [[nodiscard]] byte_count total() const noexcept {
    return weights + mmproj + draft + kv_cache + cache_ram + overhead;
  }
  bool operator==(const footprint&) const = default;
};

/// Memory of a llama-server process besides weights and caches: libraries, heap, compute buffers of
/// a small model. Measured (PSS of llama-server 0.7.0 after a long prompt, small models): 17 MiB
/// for embeddings, 43 to 57 MiB for text, 68 MiB for hybrid and vision models. Compute buffers of
/// large vocabularies come to some hundred MiB more; the budget's safety share is there for them.
inline constexpr byte_count process_overhead = 64ULL << 20;

/// Bytes of `elements` cache elements of a ggml type ("f16", "q8_0" …); types unknown here count as
/// f32.
[[nodiscard]] byte_count cache_bytes(std::uint64_t elements, std::string_view type) noexcept;

/// Finds the model's files (absolute, or under host.model_dirs) and reads their headers.
/// Errors name the file and what to do: missing file, missing shard, truncated or malformed header.
[[nodiscard]] boost::system::result<model_facts, std::string> inspect(const host_settings& host,
                                                                      const model& m);

/// What one process of `r` will cost. `draft` is the draft model's facts when the role speculates
/// with one. KV cache: llama.cpp rounds each slot's share of the context up to 256 tokens. Sliding
/// windows are not considered: such models need less.
[[nodiscard]] footprint estimate(const role& r, const model_facts& facts, const model_facts* draft);

}  // namespace rolecall::registry
