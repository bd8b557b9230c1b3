#include "tools/rolectl/interruption.hpp"

#include <csignal>
#include <functional>

#include <doctest/doctest.h>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using rolecall::rolectl::interruption;

/// Signals are the process's: each case has one of its own. Its exit code, or minus the signal.
int in_child(const std::function<bool()>& holds) {
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGINT, SIG_DFL);
    ::_exit(holds() ? 0 : 1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

bool is_readable(int descriptor) {
  pollfd one{descriptor, POLLIN, 0};
  return ::poll(&one, 1, 0) == 1;
}

}  // namespace

TEST_CASE("rolectl: the first Ctrl-C is noted, and stays so for whoever waits for it") {
  CHECK(in_child([] {
          const interruption noted;
          if (noted.came() || is_readable(noted.descriptor())) return false;
          std::raise(SIGINT);
          return noted.came() && noted.came() && is_readable(noted.descriptor());
        }) == 0);
}

TEST_CASE("rolectl: the second Ctrl-C ends the process at once") {
  CHECK(in_child([] {
          const interruption noted;
          std::raise(SIGINT);
          std::raise(SIGINT);
          return true;
        }) == -SIGINT);
}

TEST_CASE("rolectl: Ctrl-C ends the process again when nothing is waited for any more") {
  CHECK(in_child([] {
          { const interruption noted; }
          std::raise(SIGINT);
          return true;
        }) == -SIGINT);
}

TEST_CASE("rolectl: a Ctrl-C that was to be ignored stays ignored") {
  CHECK(in_child([] {
          std::signal(SIGINT, SIG_IGN);
          bool came = false;
          {
            const interruption noted;
            std::raise(SIGINT);
            came = noted.came();
          }
          std::raise(SIGINT);
          return !came;
        }) == 0);
}
