#pragma once

#include "registry/registry.hpp"

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall::registry {

/// An array of metadata: its length, and its numbers when there are at most 4096 of them (per-layer
/// values, not vocabularies).
struct gguf_array {
  std::uint64_t count = 0;
  std::vector<std::int64_t> numbers;
};

using gguf_value = std::variant<std::uint64_t, std::int64_t, double, bool, std::string, gguf_array>;

struct gguf_tensor {
  std::string name;
  std::vector<std::uint64_t> dims;  ///< the contiguous one first, a whole number of blocks
  std::uint32_t type = 0;           ///< a ggml type, one that tensor_type_of knows
  std::uint64_t offset = 0;         ///< from the start of the tensor data
  byte_count bytes = 0;             ///< of its data

  [[nodiscard]] std::uint64_t elements() const noexcept;
};

/// The pieces of a vocabulary, tokenizer.ggml.tokens, kept one behind the other.
class gguf_tokens {
 public:
  void add(std::string_view piece);
  [[nodiscard]] std::size_t size() const noexcept { return ends_.size(); }
  [[nodiscard]] std::size_t bytes() const noexcept { return text_.size(); }
  /// `id` below size().
  [[nodiscard]] std::string_view operator[](std::size_t id) const noexcept;

 private:
  std::string text_;
  std::vector<std::uint32_t> ends_;
};

/// What stands before the tensor data of a GGUF file, version 2 or 3 (ggml's docs/gguf.md).
struct gguf_header {
  std::uint32_t version = 0;
  std::map<std::string, gguf_value, std::less<>> metadata;
  gguf_tokens tokens;
  std::vector<gguf_tensor> tensors;  ///< none of two has the same name or overlaps another
  std::uint64_t data_offset = 0;     ///< where tensor data starts
  byte_count file_size = 0;

  [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
  /// A whole number ≥ 0 that fits; a boolean counts as 0 or 1.
  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view key) const;
  /// An array's values, or the one number for all `count` layers.
  [[nodiscard]] std::optional<std::vector<std::uint64_t>> per_layer(std::string_view key,
                                                                    std::size_t count) const;
  [[nodiscard]] std::optional<std::uint64_t> array_length(std::string_view key) const;
};

/// Reads a header from `stream`, of which `size` bytes exist. Reads no tensor data. Hostile input
/// is refused with the byte at which it stopped making sense: lengths beyond the file, sizes that
/// overflow, unknown tensor types, tensors that overlap, lie outside the file or off their
/// alignment. Memory stays below 128 MiB whatever the counts claim. The error starts where "cannot
/// read <file>: " ends.
[[nodiscard]] boost::system::result<gguf_header, std::string> parse_gguf(std::istream& stream,
                                                                         byte_count size);

/// Reads a file's header. The error names the file.
[[nodiscard]] boost::system::result<gguf_header, std::string> read_gguf(
    const std::filesystem::path& file);

}  // namespace rolecall::registry
