#pragma once

#include "registry/gguf.hpp"

#include <cstdint>

namespace rolecall::registry {

// What a header says of its tensors. Both throw malformed_header, which names the tensor.

/// Bytes of a tensor's data, from its type and dimensions; its offset is not looked at. `at`: where
/// in the file the tensor is described.
[[nodiscard]] byte_count stored_bytes(const gguf_tensor& tensor, std::uint64_t at);

/// Refuses tensors of one name, off the alignment, outside the file or in each other's place.
/// `table_end`: where in the file the table ends.
void refuse_misplaced_tensors(const gguf_header& header, std::uint64_t alignment,
                              std::uint64_t table_end);

}  // namespace rolecall::registry
