#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace rolecall::registry {

/// How ggml stores a tensor: so many elements in a block of so many bytes. A row of a tensor is a
/// whole number of blocks.
struct tensor_type {
  std::string_view name;  ///< "Q4_K"
  std::uint64_t elements = 1;
  std::uint64_t bytes = 0;

  bool operator==(const tensor_type&) const = default;
};

/// By ggml's number of the type (enum ggml_type): all that llama-server 0.7.0 knows. The error
/// names the type, one that ggml has removed as well.
[[nodiscard]] boost::system::result<tensor_type, std::string> tensor_type_of(std::uint32_t number);

}  // namespace rolecall::registry
