#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rolecall::launcher {

/// What a process, with all its threads, has used since it began.
struct process_usage {
  double user_seconds = 0;
  double system_seconds = 0;
  std::uint64_t major_faults = 0;  ///< pages that had to come from a disk
  unsigned threads = 0;            ///< now

  bool operator==(const process_usage&) const = default;
};

/// Pure: from the text of /proc/PID/stat. Empty when the text is not one.
[[nodiscard]] std::optional<process_usage> parse_process_usage(std::string_view stat,
                                                               double ticks_per_second);

/// Empty when the process is gone. Takes no lock that a load holds.
[[nodiscard]] std::optional<process_usage> read_process_usage(int pid);

}  // namespace rolecall::launcher
