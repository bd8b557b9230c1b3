#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace rolecall::launcher {

/// Pure: "0::/system.slice/x.service" of /proc/PID/cgroup; empty without cgroup v2.
[[nodiscard]] std::optional<std::string> parse_cgroup_path(std::string_view cgroup) noexcept;

/// Pure: `oom_kill` of a cgroup's memory.events: how many of its processes were killed by any OOM
/// killer.
[[nodiscard]] std::optional<std::uint64_t> parse_oom_kills(std::string_view memory_events) noexcept;

/// Pure: the text of a record of /dev/kmsg ("6,1234,5678901,-;Out of memory: Killed process 42
/// (llama-server) …") that is no older than `since` (CLOCK_MONOTONIC) and tells of a kill of `pid`;
/// empty when it does not.
[[nodiscard]] std::optional<std::string> parse_kill_record(std::string_view record, int pid,
                                                           std::chrono::microseconds since);

/// Finds out whether the kernel killed a process for its memory: the kernel's log names it, where
/// that may be read, or its cgroup's count of such kills grew. The count of a group that many share
/// tells of any of them: there the log alone is believed where it can be read, and elsewhere the
/// count must have grown since the look before the last one. Two small files at the beginning, one
/// at a look, two at the end.
class oom_watch {
 public:
  /// `root`: where /proc, /sys and /dev are found.
  explicit oom_watch(std::filesystem::path root = "/") : root_(std::move(root)) {}

  /// The process has just been started, or found. `own_group`: the folder of the cgroup that it has
  /// for itself, if it is there; empty: none.
  void begin(int pid, const std::filesystem::path& own_group = {});

  /// It lives: who was killed until now was somebody else.
  void look();

  /// Evidence in words, to be asked once the process is gone and its cgroup is not yet; empty:
  /// none.
  [[nodiscard]] std::string evidence() const;

 private:
  [[nodiscard]] std::filesystem::path group_folder() const;
  [[nodiscard]] std::optional<std::uint64_t> kills() const;

  std::filesystem::path root_;
  int pid_ = 0;
  std::chrono::microseconds begun_{0};
  std::optional<std::string> cgroup_;
  bool is_shared_ = true;
  std::optional<std::uint64_t> kills_before_;     // at the beginning, or the look before the last
  std::optional<std::uint64_t> kills_last_seen_;  // a process takes a while to end of its kill
};

}  // namespace rolecall::launcher
