#pragma once

#include "registry/registry.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rolecall::launcher {

using registry::byte_count;

/// What the cgroups around this process allow it (cgroup v2, memory controller), each figure of the
/// one that allows least: memory.max, or memory.high when that is less.
struct cgroup_memory {
  byte_count limit = 0;
  byte_count left = 0;  ///< page cache that can be dropped counts as left
  std::string path;     ///< of the one with that limit, below the cgroup file system's root
  bool operator==(const cgroup_memory&) const = default;
};

/// How much memory this process and its children may have, and have.
struct host_memory {
  byte_count total = 0;      ///< MemTotal
  byte_count available = 0;  ///< MemAvailable: page cache that can be dropped included
  std::optional<byte_count> page_cache = std::nullopt;  ///< of files, tmpfs apart
  std::optional<cgroup_memory> cgroup = std::nullopt;
  double stalled = 0;  ///< share of the last 10 s in which every task waited for memory (PSI, full)

  /// What there is to have: total, or the cgroups' limit.
  [[nodiscard]] byte_count limit() const noexcept;
  /// What is left of it.
  [[nodiscard]] byte_count left() const noexcept;
  /// "the cgroup /system.slice/x.service" or "the host": whose limit() it is.
  [[nodiscard]] std::string limited_by() const;
};

/// Pure: "full avg10=1.25 …" of /proc/pressure/memory as 0.0125; 0 when it is not told.
[[nodiscard]] double parse_stalled(std::string_view pressure) noexcept;

/// Reads below `root` ("/" for this host; a recorded tree in tests). What a tree does not tell is 0
/// or absent. A handful of small files; the kernel may take milliseconds for memory.stat.
/// `process`: whose cgroups count, a pid or this one.
[[nodiscard]] host_memory read_host_memory(const std::filesystem::path& root,
                                           const std::string& process = "self");

}  // namespace rolecall::launcher
