#pragma once

#include "registry/registry.hpp"

#include <filesystem>

namespace rolecall {

// What a daemon needs of its host before it serves. Blocking.

/// Makes the directories that it writes to. Throws std::system_error that names the registry's key;
/// a disk without room for log_dir is logged only: it costs the instances' output, not the service.
void create_directories(const registry::host_settings& settings);

/// To what the operator allows: streams and children need descriptors.
void raise_descriptor_limit();

/// `folder`, ready to make control groups in; empty, and logged, when none can be made there: roles
/// that ask for limits are refused with their own reason.
[[nodiscard]] std::filesystem::path usable_cgroup(const std::filesystem::path& folder);

}  // namespace rolecall
