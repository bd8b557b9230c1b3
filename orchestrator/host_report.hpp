#pragma once

#include "registry/registry.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rolecall {

/// Logs, at the start, what of the host's limits will bite this registry, and returns it for
/// people: `rolectl doctor` tells the rest. `host_root`: where /proc and /sys are found. Blocking.
std::vector<std::string> report_host_limits(const registry::model_registry& registry,
                                            registry::byte_count budget,
                                            const std::filesystem::path& host_root);

}  // namespace rolecall
