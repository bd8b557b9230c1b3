#pragma once

#include "registry/model_files.hpp"
#include "registry/vocabulary.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::registry {

/// The tensors of one type.
struct type_share {
  std::string type;  ///< "Q4_K"
  std::uint64_t tensors = 0;
  std::uint64_t parameters = 0;
  byte_count bytes = 0;

  [[nodiscard]] double bits_per_weight() const noexcept;
  bool operator==(const type_share&) const = default;
};

/// What a layer does with earlier tokens.
enum class layer_kind {
  attention,       ///< a KV cache of the whole context
  sliding_window,  ///< a KV cache of the last tokens alone
  recurrent,       ///< a state of fixed size, which cannot go back
  both,            ///< attention beside a state
  plain,           ///< neither: feed-forward alone
};

/// "attention", "sliding window" …
[[nodiscard]] std::string_view name_of(layer_kind kind) noexcept;

/// Layers of one kind and one size.
struct layer_group {
  std::vector<int> layers;  ///< ascending
  layer_kind kind = layer_kind::attention;
  byte_count bytes = 0;  ///< of each

  bool operator==(const layer_group&) const = default;
};

/// A model as an operator sees it.
struct model_summary {
  std::string architecture;
  std::string name;  ///< general.name, may be empty
  std::vector<mapped_file> files;
  byte_count bytes = 0;  ///< of all files

  std::uint64_t parameters = 0;
  std::uint64_t active_parameters = 0;  ///< per token; fewer than `parameters` with experts
  std::vector<type_share> types;        ///< the largest first

  int layers = 0;
  int context = 0;  ///< tokens it was trained with
  int embedding = 0;
  int heads = 0;           ///< of the layer with most
  int kv_heads = 0;        ///< likewise
  int sliding_window = 0;  ///< tokens; 0: none
  int experts = 0;
  int experts_used = 0;
  int experts_shared = 0;
  bool encoder = false;
  bool vision = false;

  vocabulary_facts vocabulary;
  std::string bos;  ///< texts of the tokens
  std::string eos;

  std::vector<layer_group> groups;  ///< each layer in one, ordered by their first layers
  byte_count outside_layers = 0;    ///< embeddings, output, norms

  /// Layers with a state that cannot go back, beside attention or instead of it.
  [[nodiscard]] std::size_t recurrent_layers() const noexcept;
};

/// Pure.
[[nodiscard]] model_summary summarise(const model_files& files);

}  // namespace rolecall::registry
