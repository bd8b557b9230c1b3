#include "tests/integration/launcher/child_case.hpp"

#include "launcher/log_file.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/wait.h>

namespace rolecall::launcher::test {
namespace {

boost::asio::awaitable<bool> log_says(log_watch& watch, std::filesystem::path log,
                                      std::string text) {
  while (file_text(log).find(text) == std::string::npos) {
    // g++ 12.2 miscompiles a co_await in the condition of an if here.
    const auto failed = co_await watch.async_changed();
    if (failed) co_return false;
  }
  co_return true;
}

}  // namespace

child_case::child_case() {
  std::string pattern =
      (std::filesystem::temp_directory_path() / "rolecall-launcher-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  folder = pattern;
  log = folder / "child.log";
}

child_case::~child_case() {
  // A pid that is still our child's has not been given to anybody else.
  for (const int pid : started_)
    if (::waitpid(pid, nullptr, WNOHANG) == 0) {
      ::kill(-pid, SIGKILL);
      ::waitpid(pid, nullptr, 0);
    }
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

spawn_request child_case::shell(const std::string& script) const {
  return {.argv = {"/bin/sh", "-c", script}, .environment = {}, .output = log};
}

process child_case::start(const std::string& script) {
  auto child = process::spawn(loop.get_executor(), shell(script));
  REQUIRE_MESSAGE(child.has_value(), child.error().message());
  started_.push_back(child->pid());
  return *std::move(child);
}

std::string child_case::said_by(const std::string& script) {
  std::filesystem::remove(log);
  auto child = start(script);
  wait(child);
  return file_text(log);
}

void child_case::wait_for(const std::string& text) {
  auto watch = log_watch::open(loop.get_executor(), log);
  REQUIRE_MESSAGE(watch.has_value(), watch.error().message());
  REQUIRE(run(log_says(*watch, log, text)));
}

bool exists(int pid) { return ::kill(pid, 0) == 0; }

}  // namespace rolecall::launcher::test
