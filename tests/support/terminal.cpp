#include "tests/support/terminal.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace rolecall::test {
namespace {

using clock = std::chrono::steady_clock;
constexpr std::chrono::seconds patience{30};
constexpr int look_again_ms = 20;  // a program may end or stop without writing

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// The first entry of a name counts.
std::vector<std::string> environment_of(const std::vector<std::string>& given) {
  auto all = given;
  const bool is_colourless =
      std::ranges::any_of(given, [](const auto& entry) { return entry.starts_with("NO_COLOR="); });
  all.insert(all.end(), {"TERM=xterm-256color", "LC_ALL=C.UTF-8"});
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (is_colourless || !std::string_view{*entry}.starts_with("NO_COLOR="))
      all.emplace_back(*entry);
  return all;
}

::winsize window_of(terminal_size size) {
  return {.ws_row = size.rows, .ws_col = size.columns, .ws_xpixel = 0, .ws_ypixel = 0};
}

/// In a session of its own, whose terminal is the first one it opens: its stdin.
pid_t spawn(const std::string& terminal_name, std::vector<std::string> argv,
            std::vector<std::string> environment) {
  const auto words = pointers(argv);
  const auto variables = pointers(environment);
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  ::sigset_t none;
  ::sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  // A test that runs in the background may have been told to ignore Ctrl-C; a terminal's program is
  // not.
  ::sigset_t usual;
  ::sigemptyset(&usual);
  ::sigaddset(&usual, SIGINT);
  ::posix_spawnattr_setsigdefault(&attributes, &usual);
  ::posix_spawnattr_setflags(&attributes,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, terminal_name.c_str(), O_RDWR, 0);
  ::posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO);
  pid_t pid = 0;
  const int failure =
      ::posix_spawn(&pid, words.front(), &actions, &attributes, words.data(), variables.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::posix_spawnattr_destroy(&attributes);
  if (failure != 0) throw std::system_error(failure, std::generic_category(), argv.front());
  return pid;
}

}  // namespace

terminal::terminal(const std::vector<std::string>& argv, terminal_size size,
                   const std::vector<std::string>& environment)
    : screen_(size.columns, size.rows) {
  master_ = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master_ < 0 || ::grantpt(master_) != 0 || ::unlockpt(master_) != 0)
    fail("cannot open a pseudo-terminal");
  std::array<char, 64> name{};
  if (::ptsname_r(master_, name.data(), name.size()) != 0) fail("cannot name the terminal");
  const auto window = window_of(size);
  ::ioctl(master_, TIOCSWINSZ, &window);
  held_ = ::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (held_ < 0) fail("cannot open the terminal");
  if (::tcgetattr(held_, &start_) != 0) fail("cannot read the terminal's settings");
  pid_ = spawn(name.data(), argv, environment_of(environment));
}

terminal::~terminal() {
  if (pid_ != 0 && code_ < 0) {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(held_);
  ::close(master_);
}

void terminal::type(std::string_view keys) const {
  if (::write(master_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size()))
    fail("cannot type");
}

void terminal::resize(terminal_size size) {
  screen_.resize(size.columns, size.rows);
  const auto window = window_of(size);
  if (::ioctl(master_, TIOCSWINSZ, &window) != 0) fail("cannot resize the terminal");
}

void terminal::signal(int number) const { ::kill(pid_, number); }

void terminal::read_some(int milliseconds) {
  ::pollfd waiting{master_, POLLIN, 0};
  if (::poll(&waiting, 1, milliseconds) <= 0) return;
  std::array<char, 4096> piece{};
  const auto length = ::read(master_, piece.data(), piece.size());
  if (length <= 0) return;
  const std::string_view text{piece.data(), static_cast<std::size_t>(length)};
  output_ += text;
  screen_.feed(text);
}

void terminal::read_rest() {
  for (auto before = output_.size() + 1; before != output_.size();) {
    before = output_.size();
    read_some(0);
  }
}

bool terminal::has_ended() {
  int status = 0;
  if (code_ < 0 && ::waitpid(pid_, &status, WNOHANG) == pid_)
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return code_ >= 0;
}

const vt_screen& terminal::wait_until(const std::function<bool(const vt_screen&)>& wanted) {
  const auto deadline = clock::now() + patience;
  while (!wanted(screen_)) {
    if (has_ended()) read_rest();
    if ((has_ended() || clock::now() > deadline) && !wanted(screen_))
      throw std::runtime_error("the terminal never showed what was waited for, but:\n" +
                               screen_.text());
    read_some(look_again_ms);
  }
  return screen_;
}

const vt_screen& terminal::wait_for(std::string_view text) {
  try {
    return wait_until([&](const vt_screen& shown) { return shown.shows(text); });
  } catch (const std::runtime_error& failure) {
    throw std::runtime_error("waited for '" + std::string{text} + "': " + failure.what());
  }
}

void terminal::watch_for(double seconds) {
  const auto deadline = clock::now() + std::chrono::duration<double>(seconds);
  while (clock::now() < deadline && !has_ended()) read_some(look_again_ms);
}

int terminal::wait_for_end() {
  const auto deadline = clock::now() + patience;
  while (!has_ended()) {
    if (clock::now() > deadline)
      throw std::runtime_error("the program does not end; it shows:\n" + screen_.text());
    read_some(look_again_ms);
  }
  read_rest();
  return code_;
}

void terminal::wait_for_stop() {
  const auto deadline = clock::now() + patience;
  int status = 0;
  while (::waitpid(pid_, &status, WNOHANG | WUNTRACED) != pid_ || !WIFSTOPPED(status)) {
    if (clock::now() > deadline) throw std::runtime_error("the program does not stop");
    read_some(look_again_ms);
  }
  read_rest();
}

bool terminal::has_settings_of_start() const {
  ::termios now{};
  if (::tcgetattr(held_, &now) != 0) fail("cannot read the terminal's settings");
  return now.c_iflag == start_.c_iflag && now.c_oflag == start_.c_oflag &&
         now.c_lflag == start_.c_lflag && now.c_cflag == start_.c_cflag &&
         std::memcmp(now.c_cc, start_.c_cc, sizeof now.c_cc) == 0;
}

}  // namespace rolecall::test
