#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rolecall::launcher {

/// How far a process has come, by what the kernel counts for it. Two probes that differ mean that
/// it did something in between: it computed, read pages in, or grew. A loading process that stands
/// still in all of them is stuck.
struct process_progress {
  std::uint64_t cpu_ticks = 0;     ///< user and system time, in clock ticks
  std::uint64_t major_faults = 0;  ///< pages that had to come from the disk
  std::uint64_t resident_pages = 0;
  std::uint64_t read_bytes = 0;  ///< fetched from disks for it, by whatever way
  char state = ' ';              ///< of its first thread: 'R', 'S', 'D', 'T' … of proc(5)

  bool operator==(const process_progress&) const = default;
};

/// Pure: from the text of /proc/PID/stat. Empty when the text is not one.
[[nodiscard]] std::optional<process_progress> parse_progress(std::string_view stat);

/// Pure: `read_bytes` of the text of /proc/PID/io; 0 when it is not told.
[[nodiscard]] std::uint64_t parse_read_bytes(std::string_view io) noexcept;

/// Empty when the process is gone. Reads /proc/PID/stat and /proc/PID/io alone, which take no lock
/// that a load holds: cmdline, environ and smaps of a loading process can block for many seconds.
[[nodiscard]] std::optional<process_progress> read_progress(int pid);

}  // namespace rolecall::launcher
