#pragma once

#include "launcher/exit_status.hpp"
#include "launcher/process_identity.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/system/result.hpp>

namespace rolecall::launcher {

struct spawn_request {
  std::vector<std::string> argv;                   ///< argv[0] is an absolute path
  std::map<std::string, std::string> environment;  ///< added to ours, see child_environment
  std::filesystem::path
      output;  ///< stdout and stderr are appended here; created 0600, its folder 0700
  std::filesystem::path cgroup = {};  ///< that the process is moved to; empty: it stays in ours
};

/// A process that we, or the daemon before us, started in a process group of its own, held by
/// pidfd. Owned by its supervisor; lives on the control thread. Destruction neither signals nor
/// waits: children outlive us.
class process {
 public:
  /// Errors carry errno of open, fork or exec. Nothing runs and nothing is left to reap after an
  /// error.
  static boost::system::result<process> spawn(boost::asio::any_io_executor executor,
                                              const spawn_request& request);

  /// Takes hold of a running process that is no child of ours. no_such_process when nobody has this
  /// identity, or it does not lead a process group; after any other error it may be there.
  static boost::system::result<process> adopt(boost::asio::any_io_executor executor,
                                              const process_identity& identity);

  process(process&&) noexcept = default;
  process& operator=(process&&) noexcept = default;

  [[nodiscard]] int pid() const noexcept { return pid_; }

  /// Completes at once when the process ends, and reaps a child; later calls give the same status.
  /// What is left of a child's group is killed: an engine behind a wrapper does not outlive it. One
  /// wait at a time. Cancelled, it throws operation_aborted and leaves the process as it is.
  [[nodiscard]] boost::asio::awaitable<exit_status> async_wait();

  /// Signals the whole group, only while the leader lives or waits to be reaped: until then nobody
  /// else can have its pid. False when there was nobody to signal.
  bool signal_group(int signal) noexcept;

 private:
  static boost::system::result<process> hold(boost::asio::any_io_executor executor, int pid);

  process(int pid, boost::asio::posix::stream_descriptor pidfd)
      : pid_(pid), pidfd_(std::move(pidfd)) {}

  /// True once the process has ended and `status_` says how.
  bool reap();
  /// The same for a process that somebody else reaps.
  bool note_end();

  int pid_;
  boost::asio::posix::stream_descriptor
      pidfd_;  ///< open exactly while the end of the process has not been seen
  exit_status status_;
};

}  // namespace rolecall::launcher
