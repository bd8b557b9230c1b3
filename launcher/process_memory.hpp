#pragma once

#include "registry/registry.hpp"

#include <optional>
#include <string_view>

namespace rolecall::launcher {

using registry::byte_count;

/// What a process has in memory, as /proc/PID/smaps_rollup counts it, in bytes. Pages that several
/// processes map count in each by its share.
struct process_memory {
  byte_count pss = 0;
  byte_count anon = 0;  ///< Pss_Anon: heap, buffers, copied weights
  byte_count file = 0;  ///< Pss_File: mapped weights, libraries
  byte_count shmem = 0;
  byte_count swapped = 0;  ///< SwapPss

  /// What no file stands behind and no other process shares, in memory or swapped out.
  [[nodiscard]] byte_count private_bytes() const noexcept { return anon + shmem + swapped; }
  bool operator==(const process_memory&) const = default;
};

/// Pure. Empty when the text is no smaps_rollup. Kernels before 5.4 do not tell the parts: `anon`
/// is then all anonymous memory, and `file` 0.
[[nodiscard]] std::optional<process_memory> parse_process_memory(std::string_view smaps_rollup);

/// Empty when the process is gone or belongs to another user. Blocking: walks the page tables under
/// the process's mmap lock, which takes milliseconds per GiB, and waits for a process that is
/// loading. Never on a loop that serves.
[[nodiscard]] std::optional<process_memory> read_process_memory(int pid);

/// Pure: anonymous and shared memory and swap of /proc/PID/status; 0 where it is not told. More
/// than process_memory::private_bytes() by what is shared with others.
[[nodiscard]] byte_count parse_held_bytes(std::string_view status);

/// 0 when the process is gone. Takes no lock that a load holds.
[[nodiscard]] byte_count read_held_bytes(int pid);

}  // namespace rolecall::launcher
