#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/result.hpp>

namespace rolecall::launcher {

struct exit_status {
  int code = 0;    ///< exit code; meaningful when signal is 0
  int signal = 0;  ///< terminating signal, 0 for a normal exit

  bool operator==(const exit_status&) const = default;
};

/// "exit code 1", "signal 9 (SIGKILL)".
[[nodiscard]] std::string to_string(exit_status status);

struct spawn_request {
  std::vector<std::string> argv;                   ///< argv[0] is an absolute path
  std::map<std::string, std::string> environment;  ///< added to ours, see child_environment
  std::filesystem::path
      output;  ///< stdout and stderr are appended here; created 0600, its folder 0700
};

/// A process that we started, in a process group of its own, held by pidfd. Owned by its
/// supervisor; lives on the control thread. Destruction neither signals nor waits: children outlive
/// us.
class process {
 public:
  /// Errors carry errno of open, fork or exec. Nothing runs and nothing is left to reap after an
  /// error.
  static boost::system::result<process> spawn(boost::asio::any_io_executor executor,
                                              const spawn_request& request);

  process(process&&) noexcept = default;
  process& operator=(process&&) noexcept = default;

  [[nodiscard]] int pid() const noexcept { return pid_; }

  /// Completes at once when the process ends, and reaps it; later calls give the same status. One
  /// wait at a time. Cancelled, it throws operation_aborted and leaves the process as it is.
  [[nodiscard]] boost::asio::awaitable<exit_status> async_wait();

  /// Signals the whole group, only while the leader has not been reaped: until then nobody else can
  /// have its pid. False when there was nobody to signal.
  bool signal_group(int signal) noexcept;

 private:
  process(int pid, boost::asio::posix::stream_descriptor pidfd)
      : pid_(pid), pidfd_(std::move(pidfd)) {}

  /// True once the process has ended and `status_` says how.
  bool reap();

  int pid_;
  boost::asio::posix::stream_descriptor
      pidfd_;  ///< open exactly while the process has not been reaped
  exit_status status_;
};

}  // namespace rolecall::launcher
