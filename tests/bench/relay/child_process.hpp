#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace rolecall::bench {

/// Numbers separated by commas. Throws std::invalid_argument.
[[nodiscard]] std::vector<int> parse_cpus(const std::string& list);
[[nodiscard]] std::string format_cpus(const std::vector<int>& cpus);

/// From now on this process and the children it starts run on these CPUs only.
void pin_this_process(const std::vector<int>& cpus);

/// From now on this process and the children it starts run ahead of what else the machine does,
/// where that is permitted: in the real-time class, each other's equals.
void run_ahead_of_others();

/// Raises the soft limit on open files to the hard one, where the system allows also that one to
/// what 10,000 streams through a proxy take. Returns the limit.
std::size_t raise_descriptor_limit();

/// A program that runs until its owner is destroyed, or has died.
class child_process {
 public:
  /// `log` gets its output. `executable` is run under the name argv[0].
  child_process(const std::vector<std::string>& argv, const std::filesystem::path& executable,
                const std::vector<int>& cpus, const std::filesystem::path& log);
  /// SIGTERM, ten seconds, SIGKILL.
  ~child_process();
  child_process(const child_process&) = delete;
  child_process& operator=(const child_process&) = delete;

  [[nodiscard]] pid_t pid() const noexcept { return pid_; }
  /// Throws std::runtime_error with the end of its log when it is no longer there.
  void throw_if_ended();

 private:
  pid_t pid_ = -1;
  std::filesystem::path log_;
};

[[nodiscard]] std::vector<pid_t> children_of(pid_t parent);

/// CPU time of all its threads that live.
[[nodiscard]] std::chrono::nanoseconds cpu_time(pid_t process);
/// For which these CPUs were not idle, whoever used them; in steps of 10 ms. What the hypervisor
/// took away counts, too.
[[nodiscard]] std::chrono::nanoseconds busy_time(const std::vector<int>& cpus);
/// Bytes; `peak` is since forget_peak_memory().
[[nodiscard]] std::uint64_t resident_memory(pid_t process);
[[nodiscard]] std::uint64_t peak_resident_memory(pid_t process);
void forget_peak_memory(pid_t process);

}  // namespace rolecall::bench
