#pragma once

#include "registry/registry.hpp"

#include <cstddef>
#include <filesystem>
#include <vector>

namespace rolecall::launcher {

/// What a look at the logs' disk found and did.
struct log_room {
  registry::byte_count free = 0;
  registry::byte_count least = 0;  ///< below it logs are emptied
  bool takes_files = true;         ///< it is not read-only and has inodes
  std::size_t emptied = 0;         ///< logs, the ones before them included

  [[nodiscard]] bool is_short() const noexcept { return free < least || !takes_files; }
};

/// Pure: free bytes that are kept on a file system of `total`: 64 MiB, or a twentieth of a small
/// one.
[[nodiscard]] registry::byte_count least_log_room(registry::byte_count total) noexcept;

/// Frees room where it is short by what is ours: each log's predecessor is removed, and logs of
/// more than 64 KiB are emptied in place, since their writers append. Blocking.
[[nodiscard]] log_room keep_log_room(const std::filesystem::path& log_dir,
                                     const std::vector<std::filesystem::path>& logs);

}  // namespace rolecall::launcher
