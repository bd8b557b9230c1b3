#pragma once

#include "registry/gguf.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::registry {

/// Keys of one architecture, "qwen2.block_count" for "block_count". Values are capped, so that
/// products of three stay within 64 bits whatever a file says.
class architecture_keys {
 public:
  static constexpr std::uint64_t largest = 1ULL << 20;

  architecture_keys(const gguf_header& header, std::string_view architecture)
      : header_(header), prefix_(std::string(architecture) + ".") {}

  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name) const {
    const auto value = header_.number(prefix_ + std::string(name));
    return value ? std::optional(std::min(*value, largest)) : std::nullopt;
  }
  [[nodiscard]] std::uint64_t number_or(std::string_view name, std::uint64_t fallback) const {
    return number(name).value_or(fallback);
  }
  [[nodiscard]] std::optional<std::vector<std::uint64_t>> per_layer(std::string_view name,
                                                                    std::size_t count) const {
    auto values = header_.per_layer(prefix_ + std::string(name), count);
    if (values) {
      for (std::uint64_t& value : *values) value = std::min(value, largest);
    }
    return values;
  }

 private:
  const gguf_header& header_;
  std::string prefix_;
};

/// A header's tensors by name.
class tensor_index {
 public:
  explicit tensor_index(const gguf_header& header) {
    for (const gguf_tensor& tensor : header.tensors) by_name_.emplace(tensor.name, &tensor);
  }

  [[nodiscard]] bool empty() const noexcept { return by_name_.empty(); }
  [[nodiscard]] bool has(std::string_view name) const { return by_name_.contains(name); }
  /// What a product with this matrix makes of a token; 0 without it.
  [[nodiscard]] std::uint64_t rows(std::string_view name) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end() || found->second->dims.size() < 2) return 0;
    return std::min(found->second->dims[1], architecture_keys::largest);
  }
  /// What it takes of a token; 0 without it.
  [[nodiscard]] std::uint64_t columns(std::string_view name) const {
    const auto found = by_name_.find(name);
    if (found == by_name_.end() || found->second->dims.empty()) return 0;
    return std::min(found->second->dims[0], architecture_keys::largest);
  }

 private:
  std::map<std::string_view, const gguf_tensor*, std::less<>> by_name_;
};

}  // namespace rolecall::registry
