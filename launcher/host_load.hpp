#pragma once

#include <optional>
#include <string_view>

// How busy a host is, as a few small files of /proc tell it.

namespace rolecall::launcher {

/// Time in which some task, or every one that could run, waited for a resource (PSI), since the
/// host's start, in seconds. Absent where the kernel does not tell it: `full` of the CPU before
/// 5.13.
struct stalled_seconds {
  std::optional<double> some = std::nullopt;
  std::optional<double> full = std::nullopt;

  bool operator==(const stalled_seconds&) const = default;
};

/// Mean number of tasks that ran or waited for a disk, over the last minutes.
struct load_averages {
  double one = 0;
  double five = 0;
  double fifteen = 0;

  bool operator==(const load_averages&) const = default;
};

/// Of all CPUs together, since the host's start. The kernel may take a little of `iowait` back.
struct cpu_seconds {
  double user = 0;  ///< nice and guests included
  double system = 0;
  double idle = 0;
  double iowait = 0;
  double other = 0;  ///< interrupts, and what a hypervisor gave to others

  bool operator==(const cpu_seconds&) const = default;
};

/// Pure: "some avg10=0.00 … total=25022" of /proc/pressure/*, in microseconds there.
[[nodiscard]] stalled_seconds parse_stalled_seconds(std::string_view pressure) noexcept;

/// Pure: /proc/loadavg. Empty when the text is not one.
[[nodiscard]] std::optional<load_averages> parse_load_averages(std::string_view loadavg) noexcept;

/// Pure: the line of all CPUs in /proc/stat. Empty when there is none.
[[nodiscard]] std::optional<cpu_seconds> parse_cpu_seconds(std::string_view stat,
                                                           double ticks_per_second) noexcept;

}  // namespace rolecall::launcher
