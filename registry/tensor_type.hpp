#pragma once

#include <cstdint>
#include <optional>

namespace rolecall::registry {

/// How ggml stores a tensor type: so many elements in a block of so many bytes.
struct tensor_block {
  std::uint64_t elements;
  std::uint64_t bytes;
};

/// By ggml's number of the type (enum ggml_type). Empty for types unknown here, newer ones for
/// instance.
[[nodiscard]] std::optional<tensor_block> block_of(std::uint32_t type);

}  // namespace rolecall::registry
