#include "launcher/process.hpp"

#include "launcher/cgroup.hpp"
#include "launcher/descriptor.hpp"
#include "tests/integration/launcher/child_case.hpp"

#include <cerrno>
#include <fstream>
#include <sstream>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace rolecall::launcher;
using namespace rolecall::launcher::test;

namespace {

/// Blocks and ignores signals for as long as it lives, as a daemon may.
class signals_out_of_order {
 public:
  signals_out_of_order() {
    sigset_t blocked;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigaddset(&blocked, SIGUSR1);
    ::pthread_sigmask(SIG_BLOCK, &blocked, &mask_);
    struct sigaction ignore {};
    ignore.sa_handler = SIG_IGN;
    ::sigaction(SIGPIPE, &ignore, &pipe_);
    ::sigaction(SIGUSR2, &ignore, &user_);
  }
  ~signals_out_of_order() {
    ::pthread_sigmask(SIG_SETMASK, &mask_, nullptr);
    ::sigaction(SIGPIPE, &pipe_, nullptr);
    ::sigaction(SIGUSR2, &user_, nullptr);
  }
  signals_out_of_order(const signals_out_of_order&) = delete;
  signals_out_of_order& operator=(const signals_out_of_order&) = delete;

 private:
  sigset_t mask_{};
  struct sigaction pipe_ {};
  struct sigaction user_ {};
};

bool has_children() { return ::waitpid(-1, nullptr, WNOHANG) >= 0 || errno != ECHILD; }

mode_t mode_of(const std::filesystem::path& file) {
  struct stat found {};
  REQUIRE(::stat(file.c_str(), &found) == 0);
  return found.st_mode & 07777U;
}

}  // namespace

TEST_CASE("process: a child has its three standard descriptors and no other of ours") {
  // One that is not closed by exec, as libraries open them.
  const descriptor leaky(::open("/dev/null", O_RDONLY));
  REQUIRE(leaky.is_open());
  child_case c;
  // The listing program opens the folder itself, as the lowest free number.
  CHECK(c.said_by("exec ls -C /proc/self/fd") == "0  1  2  3\n");
  const auto targets = c.said_by("for d in 0 1 2; do readlink /proc/$$/fd/$d; done");
  CHECK(targets == "/dev/null\n" + c.log.string() + "\n" + c.log.string() + "\n");
}

TEST_CASE("process: blocked and ignored signals are a child's no more") {
  const signals_out_of_order before;
  child_case c;
  const auto status = c.said_by("exec grep -E '^Sig(Blk|Ign)' /proc/self/status");
  // posix_spawn ignores the two signals that glibc keeps for itself, 32 and 33; a program cannot
  // use them anyway.
  CHECK(status == "SigBlk:\t0000000000000000\nSigIgn:\t0000000180000000\n");
}

TEST_CASE("process: a child leads a process group of its own") {
  child_case c;
  auto child = c.start("sleep 1000");
  CHECK(::getpgid(child.pid()) == child.pid());
  CHECK(child.signal_group(SIGKILL));
  CHECK(c.wait(child) == exit_status{.signal = SIGKILL});
}

TEST_CASE("process: a failed exec is told with its errno and leaves nobody to reap") {
  child_case c;
  const auto start = [&](const std::filesystem::path& program) {
    return process::spawn(c.loop.get_executor(),
                          {.argv = {program.string()}, .environment = {}, .output = c.log});
  };
  const auto missing = start(c.folder / "no-such-program");
  REQUIRE(missing.has_error());
  CHECK(missing.error() == boost::system::errc::no_such_file_or_directory);
  const auto folder = start(c.folder);
  REQUIRE(folder.has_error());
  CHECK(folder.error() == boost::system::errc::permission_denied);
  CHECK_FALSE(has_children());
}

TEST_CASE(
    "process: an output that cannot be opened is told with its errno, and nothing is started") {
  child_case c;
  auto request = c.shell("touch " + (c.folder / "started").string());
  request.output = c.folder;
  const auto child = process::spawn(c.loop.get_executor(), request);
  REQUIRE(child.has_error());
  CHECK(child.error() == boost::system::errc::is_a_directory);
  CHECK_FALSE(std::filesystem::exists(c.folder / "started"));
  CHECK_FALSE(has_children());
}

TEST_CASE("process: an exit completes the wait with its code, and the child is reaped") {
  child_case c;
  auto child = c.start("exit 7");
  CHECK(c.wait(child) == exit_status{.code = 7});
  CHECK_FALSE(has_children());
}

TEST_CASE("process: a wait that began before the exit completes, too") {
  child_case c;
  auto child = c.start("sleep 1000");
  std::optional<exit_status> seen;
  boost::asio::co_spawn(c.loop, child.async_wait(),
                        [&](const std::exception_ptr&, exit_status s) { seen = s; });
  boost::asio::post(c.loop, [&] { child.signal_group(SIGTERM); });
  c.loop.restart();
  c.loop.run();
  CHECK(seen == exit_status{.signal = SIGTERM});
  CHECK_FALSE(has_children());
}

TEST_CASE("process: a wait after the end gives the same status again") {
  child_case c;
  auto child = c.start("kill -USR1 $$");
  CHECK(c.wait(child) == exit_status{.signal = SIGUSR1});
  CHECK(c.wait(child) == exit_status{.signal = SIGUSR1});
}

TEST_CASE("process: a cancelled wait throws and leaves the child as it is") {
  child_case c;
  auto child = c.start("sleep 1000");
  boost::asio::cancellation_signal cancel;
  boost::system::error_code told;
  boost::asio::co_spawn(c.loop, child.async_wait(),
                        boost::asio::bind_cancellation_slot(
                            cancel.slot(), [&](const std::exception_ptr& failure, exit_status) {
                              try {
                                if (failure) std::rethrow_exception(failure);
                              } catch (const boost::system::system_error& error) {
                                told = error.code();
                              }
                            }));
  boost::asio::post(c.loop, [&] { cancel.emit(boost::asio::cancellation_type::terminal); });
  c.loop.restart();
  c.loop.run();
  CHECK(told == boost::asio::error::operation_aborted);
  CHECK(exists(child.pid()));
  CHECK(child.signal_group(SIGKILL));
  CHECK(c.wait(child).signal == SIGKILL);
}

TEST_CASE("process: a signal to the group reaches the child's own children") {
  child_case c;
  auto child = c.start("sleep 1000 & echo grandchild $!; wait");
  c.wait_for("grandchild ");
  c.wait_for("\n");
  int grandchild = 0;
  std::string word;
  std::istringstream(file_text(c.log)) >> word >> grandchild;
  REQUIRE(grandchild > 1);
  REQUIRE(::getpgid(grandchild) == child.pid());
  // It closes its end when it is gone, whoever reaps it.
  const descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, grandchild, 0U)));
  REQUIRE(pidfd.is_open());
  CHECK(child.signal_group(SIGTERM));
  CHECK(c.wait(child).signal == SIGTERM);
  boost::asio::posix::stream_descriptor gone(c.loop, ::dup(pidfd.number()));
  bool ended = false;
  gone.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                  [&](boost::system::error_code ec) { ended = !ec; });
  c.loop.restart();
  c.loop.run();
  CHECK(ended);
}

TEST_CASE("process: nobody is signalled once the child has been reaped") {
  child_case c;
  auto child = c.start("exit 0");
  c.wait(child);
  CHECK_FALSE(child.signal_group(SIGTERM));
}

TEST_CASE("process: destruction neither signals nor waits") {
  child_case c;
  int pid = 0;
  {
    const auto child = c.start("sleep 1000");
    pid = child.pid();
  }
  CHECK(::waitpid(pid, nullptr, WNOHANG) == 0);
  CHECK(exists(pid));
}

TEST_CASE("process: moving leaves the old object without a process") {
  child_case c;
  auto first = c.start("sleep 1000");
  auto second = std::move(first);
  CHECK_FALSE(first.signal_group(SIGKILL));  // NOLINT(bugprone-use-after-move)
  CHECK(second.signal_group(SIGKILL));
  CHECK(c.wait(second).signal == SIGKILL);
  second = c.start("exit 3");
  CHECK(c.wait(second) == exit_status{.code = 3});
}

TEST_CASE("process: output and errors are appended to a log that only its owner reads") {
  child_case c;
  c.log = c.folder / "logs" / "child.log";
  auto first = c.start("echo one; echo two >&2");
  c.wait(first);
  auto second = c.start("echo three");
  c.wait(second);
  CHECK(file_text(c.log) == "one\ntwo\nthree\n");
  CHECK(mode_of(c.log) == 0600);
  CHECK(mode_of(c.log.parent_path()) == 0700);
}

TEST_CASE("process: a child gets the added variables, and none that llama-server takes for flags") {
  ::setenv("LLAMA_ARG_PORT", "1", 1);
  ::setenv("NOTIFY_SOCKET", "/run/x", 1);
  child_case c;
  auto request = c.shell("env");
  request.environment = {{"OMP_NUM_THREADS", "1"}};
  auto child = process::spawn(c.loop.get_executor(), request);
  ::unsetenv("LLAMA_ARG_PORT");
  ::unsetenv("NOTIFY_SOCKET");
  REQUIRE(child.has_value());
  c.wait(*child);
  const auto variables = file_text(c.log);
  CHECK(variables.find("OMP_NUM_THREADS=1\n") != std::string::npos);
  CHECK(variables.find("PATH=") != std::string::npos);
  CHECK(variables.find("LLAMA_ARG_PORT") == std::string::npos);
  CHECK(variables.find("NOTIFY_SOCKET") == std::string::npos);
}

TEST_CASE("process: an exit status reads as an operator would say it") {
  CHECK(to_string(exit_status{.code = 1}) == "exit code 1");
  CHECK(to_string(exit_status{.signal = SIGKILL}) == "signal 9 (SIGKILL)");
  CHECK(to_string(exit_status{.signal = 63}) == "signal 63");
}

namespace {

process_identity identity_of(int pid) {
  const auto birth = read_birth(pid);
  REQUIRE(birth);
  return {read_boot_id(), pid, birth->start_time};
}

/// Starts a process that is no child of ours by the time it is known: the shell that started it has
/// ended. That waits until the process has left its group, which ends with it.
int start_orphan(child_case& c) {
  std::istringstream said(
      c.said_by("echo $(setsid sh -c 'echo $$; exec sleep 1000 >/dev/null' &)"));
  int pid = 0;
  said >> pid;
  REQUIRE(pid > 1);
  REQUIRE(::getpgid(pid) == pid);
  return pid;
}

/// Says "member PID" of a process in the shell's group that ignores TERM.
constexpr auto start_member_and_wait =
    "trap '' TERM; sleep 1000 & echo member $!; trap - TERM; wait";

/// The pid that the script said.
int member_of(child_case& c) {
  c.wait_for("member ");
  c.wait_for("\n");
  int member = 0;
  std::string word;
  std::istringstream(file_text(c.log)) >> word >> member;
  REQUIRE(member > 1);
  return member;
}

/// Runs the loop until the process has ended, whoever reaps it.
void await_end(child_case& c, const descriptor& pidfd) {
  boost::asio::posix::stream_descriptor gone(c.loop, ::dup(pidfd.number()));
  gone.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                  [](boost::system::error_code ec) { CHECK_FALSE(ec); });
  c.loop.restart();
  c.loop.run();
}

}  // namespace

TEST_CASE("process: a child leads a session of its own, so that no group of it is hung up on") {
  child_case c;
  auto child = c.start("sleep 1000");
  CHECK(::getsid(child.pid()) == child.pid());
  CHECK(child.signal_group(SIGKILL));
  c.wait(child);
}

TEST_CASE("process: what is left of a child's group ends with the child") {
  child_case c;
  auto leader = c.start(start_member_and_wait);
  const int member = member_of(c);
  REQUIRE(::getpgid(member) == leader.pid());
  const descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, member, 0U)));
  REQUIRE(pidfd.is_open());
  REQUIRE(::kill(leader.pid(), SIGKILL) == 0);
  CHECK(c.wait(leader) == exit_status{.signal = SIGKILL});
  await_end(c, pidfd);
}

TEST_CASE("cgroup: what a process has left of its process group is killed, and nobody else") {
  child_case c;
  auto leader = c.start(start_member_and_wait);
  const int member = member_of(c);
  auto other = c.start("sleep 1000");
  const instance_cgroup group{c.folder / "group", {}};
  std::filesystem::create_directory(group.folder);
  std::ofstream(group.folder / "cgroup.procs") << other.pid() << '\n' << member << '\n';
  const descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, member, 0U)));
  REQUIRE(pidfd.is_open());
  kill_members(group, leader.pid());
  await_end(c, pidfd);
  CHECK(c.wait(leader) == exit_status{.code = 0});
  CHECK(::waitpid(other.pid(), nullptr, WNOHANG) == 0);
}

TEST_CASE("process: a host that is short of descriptors hides nobody from adoption") {
  child_case c;
  const int pid = start_orphan(c);
  const auto identity = identity_of(pid);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
  auto none_left = before;
  none_left.rlim_cur = 3;  // all that are open stay open
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &none_left) == 0);
  const auto hidden = process::adopt(c.loop.get_executor(), identity);
  const auto birth = find_birth(pid);
  REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
  REQUIRE(hidden.has_error());
  CHECK(hidden.error() == boost::system::errc::too_many_files_open);
  REQUIRE(birth.has_error());
  CHECK(birth.error() == boost::system::errc::too_many_files_open);
  auto adopted = process::adopt(c.loop.get_executor(), identity);
  REQUIRE(adopted.has_value());
  CHECK(adopted->signal_group(SIGKILL));
  c.wait(*adopted);
  CHECK(find_birth(pid).error() == boost::system::errc::no_such_process);
}

TEST_CASE("process: an adopted process is waited for and signalled like a child, status unknown") {
  child_case c;
  const int pid = start_orphan(c);
  auto adopted = process::adopt(c.loop.get_executor(), identity_of(pid));
  REQUIRE(adopted.has_value());
  CHECK(adopted->pid() == pid);
  boost::asio::post(c.loop, [&] { CHECK(adopted->signal_group(SIGTERM)); });
  const auto status = c.wait(*adopted);
  CHECK(status == exit_status{.unknown = true});
  CHECK(c.wait(*adopted) == status);
  CHECK_FALSE(adopted->signal_group(SIGTERM));
  CHECK(to_string(status) == "exit status unknown (adopted, no child of this daemon)");
}

TEST_CASE("process: with another start time, boot or group nobody is adopted") {
  child_case c;
  const int pid = start_orphan(c);
  const auto identity = identity_of(pid);
  const auto is_adopted = [&](const process_identity& who) {
    return process::adopt(c.loop.get_executor(), who).has_value();
  };
  auto later = identity;
  ++later.start_time;
  CHECK_FALSE(is_adopted(later));
  auto other_boot = identity;
  other_boot.boot_id = "00000000-0000-0000-0000-000000000000";
  CHECK_FALSE(is_adopted(other_boot));
  CHECK_FALSE(is_adopted({identity.boot_id, 0, 0}));
  CHECK_FALSE(is_adopted({identity.boot_id, -1, 0}));
  auto adopted = process::adopt(c.loop.get_executor(), identity);
  REQUIRE(adopted.has_value());
  CHECK(exists(pid));
  CHECK(adopted->signal_group(SIGKILL));
  c.wait(*adopted);
  CHECK_FALSE(is_adopted(identity));
}

TEST_CASE("process: a process that does not lead a group is not adopted") {
  child_case c;
  auto shell = c.start("sleep 1000 & echo member $!; wait");
  c.wait_for("member ");
  c.wait_for("\n");
  int member = 0;
  std::string word;
  std::istringstream(file_text(c.log)) >> word >> member;
  CHECK_FALSE(process::adopt(c.loop.get_executor(), identity_of(member)).has_value());
  CHECK(shell.signal_group(SIGKILL));
  c.wait(shell);
}
