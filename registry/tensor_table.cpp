#include "registry/tensor_table.hpp"

#include "registry/byte_reader.hpp"
#include "registry/tensor_type.hpp"

#include <algorithm>
#include <limits>
#include <set>

namespace rolecall::registry {

namespace {

std::string named(const gguf_tensor& tensor) { return "tensor " + tensor.name; }

/// ggml keeps counts of elements and of bytes in signed 64 bits.
constexpr std::uint64_t largest_count = std::numeric_limits<std::int64_t>::max();
/// No file is so long; sums of such offsets stay within 64 bits.
constexpr std::uint64_t largest_offset = 1ULL << 60;

void refuse_duplicates(const gguf_header& header, std::uint64_t table_end) {
  std::set<std::string_view> names;
  for (const gguf_tensor& tensor : header.tensors) {
    if (!names.insert(tensor.name).second)
      byte_reader::fail_at(table_end, "two tensors have the name " + tensor.name);
  }
}

void refuse_outside(const gguf_header& header, const gguf_tensor& tensor) {
  const std::uint64_t room = header.file_size - std::min(header.data_offset, header.file_size);
  if (tensor.offset <= room && tensor.bytes <= room - tensor.offset) return;
  throw malformed_header("it is truncated: " + named(tensor) + " ends at byte " +
                         std::to_string(header.data_offset + tensor.offset + tensor.bytes) +
                         " and the file has " + std::to_string(header.file_size) +
                         "; copy or download it again");
}

void refuse_overlaps(const gguf_header& header) {
  std::vector<const gguf_tensor*> placed;
  for (const gguf_tensor& tensor : header.tensors) placed.push_back(&tensor);
  std::ranges::sort(placed, {}, [](const gguf_tensor* t) { return t->offset; });
  for (std::size_t i = 1; i < placed.size(); ++i) {
    const gguf_tensor& before = *placed[i - 1];
    if (placed[i]->offset >= before.offset + before.bytes) continue;
    byte_reader::fail_at(header.data_offset + placed[i]->offset,
                         named(*placed[i]) + " overlaps " + named(before));
  }
}

}  // namespace

byte_count stored_bytes(const gguf_tensor& tensor, std::uint64_t at) {
  const auto refuse = [&](const std::string& reason) { byte_reader::fail_at(at, reason); };
  const auto type = tensor_type_of(tensor.type);
  if (!type) refuse(named(tensor) + " has " + type.error());
  std::uint64_t elements = 1;
  for (const std::uint64_t dim : tensor.dims) {
    if (dim == 0) refuse(named(tensor) + " has a dimension of 0");
    if (elements > largest_count / dim) refuse("the size of " + named(tensor) + " overflows");
    elements *= dim;
  }
  const std::uint64_t row = tensor.dims.empty() ? 1 : tensor.dims.front();
  if (row % type->elements != 0) {
    refuse(named(tensor) + " has rows of " + std::to_string(row) + " elements, and " +
           std::string(type->name) + " stores " + std::to_string(type->elements) + " at a time");
  }
  const std::uint64_t blocks = elements / type->elements;
  if (blocks > largest_count / type->bytes) refuse("the size of " + named(tensor) + " overflows");
  return blocks * type->bytes;
}

void refuse_misplaced_tensors(const gguf_header& header, std::uint64_t alignment,
                              std::uint64_t table_end) {
  refuse_duplicates(header, table_end);
  for (const gguf_tensor& tensor : header.tensors) {
    const std::uint64_t at = header.data_offset + tensor.offset;
    if (tensor.offset > largest_offset) {
      byte_reader::fail_at(table_end, named(tensor) + " is said to lie " +
                                          std::to_string(tensor.offset) + " bytes into the data");
    }
    if (tensor.offset % alignment != 0) {
      byte_reader::fail_at(
          at, named(tensor) + " is not aligned to " + std::to_string(alignment) + " bytes");
    }
    refuse_outside(header, tensor);
  }
  refuse_overlaps(header);
}

}  // namespace rolecall::registry
