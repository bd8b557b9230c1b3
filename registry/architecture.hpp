#pragma once

#include "registry/gguf.hpp"

#include <cstdint>
#include <string_view>

namespace rolecall::registry {

/// What follows from an architecture. The lists are llama.cpp's (llm_arch_is_recurrent,
/// llm_arch_is_hybrid, the architectures that get no KV cache); keys of recurrent layers count as
/// well, so that a newer architecture is recognised.
struct architecture_traits {
  bool recurrent = false;  ///< recurrent or hybrid
  bool encoder = false;
  bool vision = false;
};
[[nodiscard]] architecture_traits traits_of(const gguf_header& header,
                                            std::string_view architecture);

}  // namespace rolecall::registry
