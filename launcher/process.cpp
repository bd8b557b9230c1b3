#include "launcher/process.hpp"

#include "launcher/descriptor.hpp"
#include "launcher/environment.hpp"
#include "launcher/log_file.hpp"
#include "launcher/spawn.hpp"

#include <cerrno>
#include <cstring>

#include <boost/asio/use_awaitable.hpp>

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace rolecall::launcher {
namespace {

namespace asio = boost::asio;

boost::system::error_code last_error() { return {errno, boost::system::system_category()}; }

/// The start went wrong after the fork: the child is ours and not reaped, so its pid can be nobody
/// else's.
void abandon(pid_t pid) {
  ::kill(-pid, SIGKILL);
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

}  // namespace

std::string to_string(exit_status status) {
  if (status.signal == 0) return "exit code " + std::to_string(status.code);
  const char* name = ::sigabbrev_np(status.signal);
  return "signal " + std::to_string(status.signal) +
         (name == nullptr ? "" : std::string(" (SIG") + name + ")");
}

boost::system::result<process> process::spawn(asio::any_io_executor executor,
                                              const spawn_request& request) {
  const auto output = open_log(request.output);
  if (!output) return output.error();
  const auto pid = spawn_child(
      request.argv, child_environment(own_environment(), request.environment), output->number());
  if (!pid) return pid.error();

  descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, *pid, 0U)));
  auto failed = pidfd.is_open() ? boost::system::error_code{} : last_error();
  asio::posix::stream_descriptor held(std::move(executor));
  if (!failed) held.assign(pidfd.number(), failed);
  if (failed) {
    abandon(*pid);
    return failed;
  }
  static_cast<void>(pidfd.release());
  return process(*pid, std::move(held));
}

bool process::reap() {
  siginfo_t info{};
  if (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.native_handle()), &info, WEXITED | WNOHANG) != 0) {
    if (errno == EINTR || errno == EAGAIN) return false;
    throw boost::system::system_error(last_error(), "waitid of pid " + std::to_string(pid_));
  }
  if (info.si_pid == 0) return false;
  status_ = info.si_code == CLD_EXITED ? exit_status{.code = info.si_status}
                                       : exit_status{.signal = info.si_status};
  boost::system::error_code ignored;
  pidfd_.close(ignored);
  return true;
}

asio::awaitable<exit_status> process::async_wait() {
  // Readiness of a pidfd may be spurious: only waitid tells that the process has ended.
  while (pidfd_.is_open() && !reap())
    co_await pidfd_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
  co_return status_;
}

bool process::signal_group(int signal) noexcept {
  return pidfd_.is_open() && ::kill(-pid_, signal) == 0;
}

}  // namespace rolecall::launcher
