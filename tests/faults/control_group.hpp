#pragma once

#include <filesystem>
#include <string>

#include <sys/types.h>

namespace rolecall::test {

/// A control group of our own with one limit, where this user may make any: of the first version of
/// cgroups or the second. At its end its processes go back to the top.
class control_group {
 public:
  /// `controller`: "memory" (bytes) or "pids" (processes and threads).
  explicit control_group(const std::string& controller);
  ~control_group();
  control_group(const control_group&) = delete;
  control_group& operator=(const control_group&) = delete;

  /// False: there is none to be had here.
  [[nodiscard]] bool exists() const noexcept { return !folder_.empty(); }
  [[nodiscard]] bool limit(const std::string& value);
  [[nodiscard]] bool take(pid_t pid);
  [[nodiscard]] std::string current() const;

 private:
  std::filesystem::path folder_;
  std::filesystem::path limit_file_;
  std::filesystem::path current_file_;
};

}  // namespace rolecall::test
