#pragma once

#include "registry/registry.hpp"

#include <string_view>

namespace rolecall::registry {

// The words with which the registry writes these values; llama-server and numactl use the same.

[[nodiscard]] std::string_view name_of(numa_policy policy) noexcept;
[[nodiscard]] std::string_view name_of(flash_attention setting) noexcept;
[[nodiscard]] std::string_view name_of(load_mode mode) noexcept;
[[nodiscard]] std::string_view name_of(replica_routing routing) noexcept;

}  // namespace rolecall::registry
