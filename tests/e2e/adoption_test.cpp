#include "tests/e2e/engine_fixture.hpp"
#include "tests/support/file_text.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <optional>
#include <thread>

#include <doctest/doctest.h>

#include <signal.h>
#include <unistd.h>

using namespace rolecall::test;

namespace {

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Real engines over the lives of several daemons; none is left when it ends.
struct engines_handed_over {
  engine_fixture fixture;
  std::filesystem::path file;
  std::vector<pid_t> seen;
  std::optional<running_daemon> daemon;

  explicit engines_handed_over(const std::string& roles, const std::string& host = {}) {
    fixture.registry.models = "  big-1: {path: big-1.gguf}\n  big-2: {path: big-2.gguf}\n";
    fixture.registry.roles = roles;
    fixture.registry.host = host;
    file = fixture.registry.write();
    daemon.emplace(file);
  }
  ~engines_handed_over() {
    daemon.reset();
    for (const auto pid : seen)
      if (is_alive(pid)) ::kill(pid, SIGKILL);
  }
  pid_t process_of(const std::string& role, const std::string& state = "ready") {
    daemon->wait_for_state(role, state);
    return seen.emplace_back(daemon->child(role));
  }
  void kill_daemon() {
    daemon->kill();
    daemon.reset();
  }
};

constexpr const char* two_roles =
    "  hot: {model: big-1, tier: hot, port: @, context: 32768, slots: 2}\n"
    "  warm: {model: big-2, tier: warm, port: @, context: 32768}\n";

}  // namespace

TEST_CASE("e2e: kill -9 of the daemon under load loses no model, and the next one adopts them") {
  engines_handed_over fleet(two_roles);
  const auto hot = fleet.process_of("hot");
  REQUIRE(fleet.daemon->chat("warm", "hello", 4).status == 200);
  const auto warm = fleet.process_of("warm");
  for (int round = 1; round <= 3; ++round) {
    CAPTURE(round);
    open_request first(fleet.daemon->door(), "/v1/chat/completions", long_stream("hot"));
    open_request second(fleet.daemon->door(), "/v1/chat/completions", long_stream("warm"));
    REQUIRE(first.status() == 200);
    REQUIRE(first.next_piece());
    REQUIRE(second.status() == 200);
    fleet.kill_daemon();
    CHECK_FALSE(first.rest());
    CHECK(is_alive(hot));
    CHECK(is_alive(warm));

    fleet.daemon.emplace(fleet.file);
    const auto start = std::chrono::steady_clock::now();
    CHECK(fleet.daemon->chat("hot", "hello", 1).status == 200);
    const auto waited = std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - start);
    MESSAGE("first answer " << waited.count() << " ms after the listener was seen to be up");
    CHECK(fleet.process_of("hot") == hot);
    CHECK(fleet.process_of("warm") == warm);
    CHECK(fleet.daemon->generation("hot") == 1);
    // The engine saw its client go, and generates for nobody any more.
    fleet.daemon->wait_until([&] {
      return !contains(fleet.daemon->get("/roles/hot/slots").body, "\"is_processing\":true");
    });
  }
  REQUIRE(::kill(hot, SIGKILL) == 0);
  fleet.daemon->wait_until([&] { return fleet.daemon->child("hot") != hot; });
  CHECK(fleet.process_of("hot") != hot);
  CHECK(fleet.daemon->chat("hot", "hello", 4).status == 200);
  CHECK(fleet.daemon->generation("hot") == 2);
}

TEST_CASE("e2e: kill -9 of the daemon while a role loads does not end the load") {
  engines_handed_over fleet("  hot: {model: big-1, tier: hot, port: @, context: 32768}\n");
  const auto pid = fleet.process_of("hot", "starting");
  // Stopped, a load lasts as long as the test wants it to.
  REQUIRE(::kill(pid, SIGSTOP) == 0);
  fleet.kill_daemon();
  fleet.daemon.emplace(fleet.file);
  CHECK(fleet.process_of("hot", "starting") == pid);
  REQUIRE(::kill(pid, SIGCONT) == 0);
  CHECK(fleet.process_of("hot") == pid);
  CHECK(fleet.daemon->chat("hot", "hello", 4).status == 200);
  CHECK(fleet.daemon->generation("hot") == 1);
}

TEST_CASE("e2e: on_exit keep hands the engines over, on_exit stop leaves nothing") {
  engines_handed_over fleet(two_roles, "  on_exit: keep\n");
  const auto hot = fleet.process_of("hot");
  CHECK(fleet.daemon->stop() == 0);
  fleet.daemon.reset();
  CHECK(is_alive(hot));
  {
    auto text = file_text(fleet.file);
    const std::string keep = "on_exit: keep";
    std::ofstream(fleet.file) << text.replace(text.find(keep), keep.size(), "on_exit: stop");
  }
  fleet.daemon.emplace(fleet.file);
  CHECK(fleet.process_of("hot") == hot);
  CHECK(fleet.daemon->stop() == 0);
  fleet.daemon.reset();
  CHECK_FALSE(is_alive(hot));
}
