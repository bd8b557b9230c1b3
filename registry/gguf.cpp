#include "registry/gguf.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace rolecall::registry {

std::uint64_t gguf_tensor::elements() const noexcept {
  std::uint64_t product = 1;
  for (const std::uint64_t dim : dims) product *= dim;
  return product;
}

void gguf_tokens::add(std::string_view piece) {
  text_ += piece;
  ends_.push_back(static_cast<std::uint32_t>(text_.size()));
}

std::string_view gguf_tokens::operator[](std::size_t id) const noexcept {
  const std::size_t start = id == 0 ? 0 : ends_[id - 1];
  return std::string_view(text_).substr(start, ends_[id] - start);
}

std::optional<std::string> gguf_header::text(std::string_view key) const {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return std::nullopt;
  const auto* value = std::get_if<std::string>(&found->second);
  return value == nullptr ? std::nullopt : std::optional(*value);
}

std::optional<std::uint64_t> gguf_header::number(std::string_view key) const {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return std::nullopt;
  if (const auto* value = std::get_if<std::uint64_t>(&found->second)) return *value;
  if (const auto* truth = std::get_if<bool>(&found->second)) return *truth ? 1 : 0;
  if (const auto* value = std::get_if<std::int64_t>(&found->second);
      value != nullptr && *value >= 0) {
    return static_cast<std::uint64_t>(*value);
  }
  return std::nullopt;
}

std::optional<std::vector<std::uint64_t>> gguf_header::per_layer(std::string_view key,
                                                                 std::size_t count) const {
  if (const auto one = number(key)) return std::vector<std::uint64_t>(count, *one);
  const auto found = metadata.find(key);
  if (found == metadata.end()) return std::nullopt;
  const auto* array = std::get_if<gguf_array>(&found->second);
  if (array == nullptr || array->numbers.size() < count) return std::nullopt;
  std::vector<std::uint64_t> values;
  for (std::size_t i = 0; i < count; ++i) {
    values.push_back(static_cast<std::uint64_t>(std::max<std::int64_t>(array->numbers[i], 0)));
  }
  return values;
}

std::optional<std::uint64_t> gguf_header::array_length(std::string_view key) const {
  const auto found = metadata.find(key);
  if (found == metadata.end()) return std::nullopt;
  const auto* array = std::get_if<gguf_array>(&found->second);
  return array == nullptr ? std::nullopt : std::optional(array->count);
}

boost::system::result<gguf_header, std::string> read_gguf(const std::filesystem::path& file) {
  const std::string prefix = "cannot read " + file.string() + ": ";
  std::error_code failure;
  const auto size = std::filesystem::file_size(file, failure);
  if (failure) return prefix + failure.message();
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return prefix + std::strerror(errno);
  auto header = parse_gguf(stream, size);
  if (!header) return prefix + header.error();
  return header;
}

}  // namespace rolecall::registry
