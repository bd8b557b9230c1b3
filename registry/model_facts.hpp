#pragma once

#include "registry/footprint.hpp"
#include "registry/memory_shape.hpp"
#include "registry/registry.hpp"
#include "registry/vocabulary.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall::registry {

/// What the launcher, the rules and the footprint need to know of a model's files; read from GGUF
/// headers once.
struct model_facts {
  std::filesystem::path path;                   ///< first shard, resolved
  std::vector<std::filesystem::path> shards;    ///< all files of the weights, `path` first
  std::optional<std::filesystem::path> mmproj;  ///< resolved
  std::vector<mapped_file> files;               ///< the shards as files, whole: `shards`' order
  byte_count weights_bytes = 0;                 ///< sum of the shards' file sizes
  byte_count mmproj_bytes = 0;
  byte_count mmproj_compute_bytes = 0;  ///< to look at one image

  std::string architecture;  ///< general.architecture
  std::string name;          ///< general.name, may be empty
  int block_count = 0;
  int context_train = 0;  ///< tokens
  int embedding_length = 0;
  int expert_count = 0;  ///< 0: not a mixture of experts
  int expert_used_count = 0;
  /// Fewer experts per token give garbage: the model's min_experts, or else 3, or what it was
  /// trained with if that is less.
  int fewest_experts = 0;
  memory_shape memory;     ///< what its context costs
  bool recurrent = false;  ///< has state that cannot be rolled back (mamba, qwen3next, …)
  bool encoder = false;    ///< embedding architectures such as bert: no KV cache
  bool vision = false;     ///< made for images (qwen2vl, qwen3vlmoe, …) or given an mmproj
  vocabulary_facts vocabulary;
};

/// Finds the model's files (absolute, or under host.model_dirs) and reads their headers.
/// Errors name the file and what to do: missing file, missing shard, truncated or malformed header.
[[nodiscard]] boost::system::result<model_facts, std::string> inspect(const host_settings& host,
                                                                      const model& m);

}  // namespace rolecall::registry
