#include "launcher/process.hpp"

#include "launcher/cgroup.hpp"
#include "launcher/descriptor.hpp"
#include "launcher/environment.hpp"
#include "launcher/log_file.hpp"
#include "launcher/spawn.hpp"

#include <cerrno>
#include <cstring>

#include <boost/asio/use_awaitable.hpp>

#include <fcntl.h>
#include <poll.h>
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

/// Under memory pressure an engine goes before the daemon that would start it again. Raising the
/// score needs no privilege.
constexpr std::string_view childs_oom_score = "200";

/// What a child gets right after its start, before it has read anything of its model.
boost::system::error_code settle(const spawn_request& request, pid_t pid) {
  const auto score = "/proc/" + std::to_string(pid) + "/oom_score_adj";
  if (const descriptor file(::open(score.c_str(), O_WRONLY | O_CLOEXEC)); file.is_open())
      [[maybe_unused]]
    const auto ignored = ::write(file.number(), childs_oom_score.data(), childs_oom_score.size());
  return request.cgroup.empty() ? boost::system::error_code{} : join_cgroup(request.cgroup, pid);
}

/// Ready to be read once the process has ended.
bool has_ended(int pidfd) {
  pollfd waiting{pidfd, POLLIN, 0};
  return ::poll(&waiting, 1, 0) > 0;
}

}  // namespace

boost::system::result<process> process::spawn(asio::any_io_executor executor,
                                              const spawn_request& request) {
  const auto output = open_log(request.output);
  if (!output) return output.error();
  const auto pid = spawn_child(
      request.argv, child_environment(own_environment(), request.environment), output->number());
  if (!pid) return pid.error();

  if (const auto failed = settle(request, *pid)) {
    abandon(*pid);
    return failed;
  }
  auto child = hold(std::move(executor), *pid);
  if (!child) abandon(*pid);
  return child;
}

// Held first and looked at afterwards: the pid cannot go to somebody else in between unnoticed.
boost::system::result<process> process::adopt(asio::any_io_executor executor,
                                              const process_identity& identity) {
  if (identity.pid <= 0) return make_error_code(boost::system::errc::no_such_process);
  auto found = hold(std::move(executor), identity.pid);
  if (!found) return found;
  const auto birth = find_birth(identity.pid);
  if (!birth) return birth.error();
  const auto boot_id = read_boot_id();
  if (boot_id.empty()) return make_error_code(boost::system::errc::io_error);
  if (birth->start_time != identity.start_time || birth->group != identity.pid ||
      boot_id != identity.boot_id || has_ended(found->pidfd_.native_handle()))
    return make_error_code(boost::system::errc::no_such_process);
  return found;
}

boost::system::result<process> process::hold(asio::any_io_executor executor, int pid) {
  descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
  auto failed = pidfd.is_open() ? boost::system::error_code{} : last_error();
  // The number is that of another process's thread by now.
  if (failed == boost::system::errc::invalid_argument ||
      failed == boost::system::errc::no_such_file_or_directory)
    failed = make_error_code(boost::system::errc::no_such_process);
  asio::posix::stream_descriptor held(std::move(executor));
  if (!failed) held.assign(pidfd.number(), failed);
  if (failed) return failed;
  static_cast<void>(pidfd.release());
  return process(pid, std::move(held));
}

bool process::reap() {
  const auto leader = static_cast<id_t>(pidfd_.native_handle());
  siginfo_t info{};
  if (::waitid(P_PIDFD, leader, &info, WEXITED | WNOHANG | WNOWAIT) != 0) {
    if (errno == EINTR || errno == EAGAIN) return false;
    if (errno == ECHILD) return note_end();
    throw boost::system::system_error(last_error(), "waitid of pid " + std::to_string(pid_));
  }
  if (info.si_pid == 0) return false;
  // The leader has ended. Until it is reaped it holds the group's number: afterwards that might be
  // another's.
  ::kill(-pid_, SIGKILL);
  while (::waitid(P_PIDFD, leader, &info, WEXITED | WNOHANG) != 0 && errno == EINTR) {
  }
  status_ = info.si_code == CLD_EXITED ? exit_status{.code = info.si_status}
                                       : exit_status{.signal = info.si_status};
  boost::system::error_code ignored;
  pidfd_.close(ignored);
  return true;
}

bool process::note_end() {
  if (!has_ended(pidfd_.native_handle())) return false;
  status_ = {.unknown = true};
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

// The kernel's own way (Linux 6.9) leaves no gap in which the group's number could change hands.
// Before that: the process answers to its pidfd, so the number is still its own; one that ends in
// this very moment keeps it until its parent has reaped it.
bool process::signal_group(int signal) noexcept {
  if (!pidfd_.is_open()) return false;
  constexpr unsigned to_group = 1U << 2;  // PIDFD_SIGNAL_PROCESS_GROUP
  const auto send = [this](int what, unsigned flags) {
    return ::syscall(SYS_pidfd_send_signal, pidfd_.native_handle(), what, nullptr, flags) == 0;
  };
  if (send(signal, to_group)) return true;
  return errno == EINVAL && send(0, 0) && ::kill(-pid_, signal) == 0;
}

}  // namespace rolecall::launcher
