#pragma once

#include "registry/architecture_keys.hpp"
#include "registry/memory_shape.hpp"

#include <string_view>
#include <vector>

namespace rolecall::registry {

/// The blocks of a model, without the ones that only predict further tokens
/// (nextn_predict_layers). What the keys leave open is read off the tensors; without tensors the
/// attention and state are still right, and the rest is 0.
[[nodiscard]] std::vector<block_shape> blocks_of(const gguf_header& header,
                                                 std::string_view architecture,
                                                 const tensor_index& tensors);

}  // namespace rolecall::registry
