#include "tests/integration/daemon/fake_fleet.hpp"
#include "tests/support/running_daemon.hpp"

#include <map>
#include <optional>
#include <vector>

#include <doctest/doctest.h>

using namespace rolecall::test;

namespace {

// A role with one slot, whose streams last until their client leaves; and clients that queue for
// it, one after another.
struct queue_for_one_slot {
  fake_fleet fake;
  std::optional<running_daemon> fleet;

  explicit queue_for_one_slot(const std::string& keys = {}) {
    fake.add("busy", "hot", "--fake-chunks, '100000', --fake-chunk-ms, '20'", keys);
    fleet.emplace(fake.registry.write());
    fleet->wait_for_state("busy", "ready");
  }
  [[nodiscard]] open_request ask(const std::map<std::string, std::string>& fields = {}) const {
    return {fleet->door(), "/v1/chat/completions", stream_of("busy"), fields};
  }
  void wait_for_waiters(const std::string& priority, int count) const {
    fleet->wait_until([&] {
      return contains(fleet->admin_get("/metrics").body, "rolecall_waiters{priority=\"" + priority +
                                                             "\",role=\"busy\"} " +
                                                             std::to_string(count) + "\n");
    });
  }
};

}  // namespace

TEST_CASE("daemon: ten clients of one slot are served one at a time in the order of arrival") {
  const queue_for_one_slot one;
  auto running = one.ask();
  REQUIRE(running.status() == 200);
  std::vector<open_request> clients;
  for (int i = 1; i <= 10; ++i) {
    clients.push_back(one.ask());
    one.wait_for_waiters("interactive", i);
  }
  CHECK(one.fleet->leases("busy") == 1);
  running.abandon();
  for (std::size_t i = 0; i < clients.size(); ++i) {
    CHECK(clients[i].status() == 200);
    CHECK(one.fleet->leases("busy") == 1);
    one.wait_for_waiters("interactive", static_cast<int>(clients.size() - i - 1));
    clients[i].abandon();
  }
  one.fleet->wait_until([&] { return one.fleet->leases("busy") == 0; });
}

TEST_CASE("daemon: background requests wait until no interactive one does") {
  const queue_for_one_slot one;
  auto running = one.ask();
  REQUIRE(running.status() == 200);
  auto background = one.ask({{"X-Priority", "background"}});
  one.wait_for_waiters("background", 1);
  auto interactive = one.ask();
  one.wait_for_waiters("interactive", 1);
  running.abandon();
  CHECK(interactive.status() == 200);
  one.wait_for_waiters("background", 1);
  interactive.abandon();
  CHECK(background.status() == 200);
}

TEST_CASE("daemon: a client that leaves the queue leaves no trace, and requests beside it go on") {
  const queue_for_one_slot one;
  auto running = one.ask();
  REQUIRE(running.status() == 200);
  auto leaving = one.ask();
  one.wait_for_waiters("interactive", 1);
  auto staying = one.ask();
  one.wait_for_waiters("interactive", 2);
  CHECK(one.fleet->get("/roles/busy/props").status == 200);
  leaving.abandon();
  one.wait_for_waiters("interactive", 1);
  running.abandon();
  CHECK(staying.status() == 200);
  staying.abandon();
  one.wait_for_waiters("interactive", 0);
  one.fleet->wait_until([&] { return one.fleet->leases("busy") == 0; });
}

TEST_CASE("daemon: who finds the queue full is told when to come back") {
  const queue_for_one_slot one("queue: {limit: 1}");
  auto running = one.ask();
  REQUIRE(running.status() == 200);
  auto waiting = one.ask();
  one.wait_for_waiters("interactive", 1);
  const auto refused = one.fleet->chat("busy");
  CHECK(refused.status == 429);
  CHECK(refused.headers.contains("retry-after"));
}

TEST_CASE("daemon: who waits for a slot past the queue's deadline is told when to come back") {
  const queue_for_one_slot one("queue: {deadline: 1s}");
  auto running = one.ask();
  REQUIRE(running.status() == 200);
  const auto refused = one.fleet->chat("busy");
  CHECK(refused.status == 503);
  CHECK(refused.headers.contains("retry-after"));
  CHECK(contains(refused.body, "its slots are taken by 1 requests"));
}
