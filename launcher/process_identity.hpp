#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall::launcher {

/// What tells one process from every other, on this boot of the host and any other: pids are used
/// again, but not with the same start time.
struct process_identity {
  std::string boot_id;           ///< /proc/sys/kernel/random/boot_id
  int pid = 0;                   ///< 0: nobody
  std::uint64_t start_time = 0;  ///< clock ticks from the boot to its start

  bool operator==(const process_identity&) const = default;
};

/// What /proc/PID/stat says of a process that has not ended.
struct process_birth {
  std::uint64_t start_time = 0;  ///< field 22 of proc(5)
  int group = 0;                 ///< field 5

  bool operator==(const process_birth&) const = default;
};

/// Pure. Empty when the text is no stat, or tells of a process that has ended (Z, X).
[[nodiscard]] std::optional<process_birth> parse_birth(std::string_view stat);

/// no_such_process when nobody has the pid, or who had it has ended; any other error says that the
/// host did not tell: it may be there. Reads /proc/PID/stat alone, which takes no lock of the
/// process.
[[nodiscard]] boost::system::result<process_birth> find_birth(int pid);
/// Empty for any error.
[[nodiscard]] std::optional<process_birth> read_birth(int pid);

/// Empty when /proc does not tell.
[[nodiscard]] std::string read_boot_id();

/// Ticks from the boot until now: no process that starts later has a smaller start time.
[[nodiscard]] std::uint64_t ticks_since_boot();

/// Since its start, whatever became of the clocks of the calendar.
[[nodiscard]] std::chrono::milliseconds age_of(const process_identity& process);

/// Pure: the words in /proc/PID/cmdline, each ended by a zero byte.
[[nodiscard]] std::vector<std::string> parse_arguments(std::string_view cmdline);

/// Empty when nobody has the pid. Blocking: a process that maps a large file keeps its reader
/// waiting for seconds. Never on a loop that serves.
[[nodiscard]] std::vector<std::string> read_arguments(int pid);

/// Pure. Whether a process that was started with `launched` shows `present`: numactl and taskset
/// replace themselves by the program behind them, and a script is shown behind its interpreter, so
/// words in front may differ. Those that both have must agree, "--port" among them.
[[nodiscard]] bool are_arguments_of(const std::vector<std::string>& launched,
                                    const std::vector<std::string>& present);

/// Leaders of process groups of this user that were started at `start_time` or later. Looks at
/// every process: milliseconds. Throws system_error when the host does not tell of all of them.
[[nodiscard]] std::vector<process_identity> group_leaders_since(std::uint64_t start_time);

}  // namespace rolecall::launcher
