#pragma once

#include "orchestrator/metrics/samples.hpp"

#include <filesystem>

namespace rolecall::observation {

/// Where the daemon writes.
struct watched_folders {
  std::filesystem::path state_dir;
  std::filesystem::path log_dir;
};

/// Reads below `root` ("/" for this host; a recorded tree in tests), but for the folders, which are
/// where they are. Blocking: a dozen small files; a disk may not answer at all.
[[nodiscard]] metrics::host_sample read_host(const std::filesystem::path& root,
                                             const watched_folders& folders);

/// This process. Blocking: lists its open descriptors.
[[nodiscard]] metrics::daemon_usage read_daemon();

}  // namespace rolecall::observation
