#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

// Memory by NUMA node: the host's, and where a process's pages are.

namespace rolecall::launcher {

/// Of the host, in bytes.
struct node_memory {
  int node = 0;
  std::uint64_t bytes = 0;
  std::uint64_t free = 0;  ///< page cache that could be dropped does not count as free

  bool operator==(const node_memory&) const = default;
};

/// A node's share of a process's resident memory, in bytes. Pages that several processes map, as
/// those of one model file, count in each.
struct node_share {
  int node = 0;
  std::uint64_t bytes = 0;

  bool operator==(const node_share&) const = default;
};

/// Pure: /sys/devices/system/node/nodeN/meminfo. Empty when the text is not one.
[[nodiscard]] std::optional<node_memory> parse_node_memory(int node,
                                                           std::string_view meminfo) noexcept;

/// Every node below `root` ("/" for this host) that has memory, ascending; none where the kernel
/// knows no nodes.
[[nodiscard]] std::vector<node_memory> read_node_memory(const std::filesystem::path& root);

/// Pure: the sums over /proc/PID/numa_maps, ascending by node; a node without pages is left out.
[[nodiscard]] std::vector<node_share> parse_node_shares(std::string_view numa_maps);

/// Empty when the process is gone, belongs to another user, or the kernel knows no nodes. Blocking:
/// a walk of the page tables under the process's mmap lock, milliseconds per GiB, and it waits for
/// a process that is loading. Never on a loop that serves.
[[nodiscard]] std::optional<std::vector<node_share>> read_node_shares(int pid);

}  // namespace rolecall::launcher
