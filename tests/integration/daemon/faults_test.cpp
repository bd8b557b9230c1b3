#include "tests/integration/daemon/fake_fleet.hpp"
#include "tests/support/free_ports.hpp"
#include "tests/support/running_daemon.hpp"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

using namespace rolecall::test;

TEST_CASE("daemon: a request for a role that loads slowly waits and is answered") {
  fake_fleet fake;
  fake.add("slow", "warm", "--fake-load-ms, '300'");
  const running_daemon fleet(fake.registry.write());
  CHECK(fleet.chat("slow").status == 200);
  CHECK(fleet.generation("slow") == 1);
}

TEST_CASE(
    "daemon: a WARM role that exits at its start answers 503 with the exit code, once per "
    "attempt") {
  fake_fleet fake;
  fake.add("broken", "warm", "--fake-exit-at-start, '3'");
  const running_daemon fleet(fake.registry.write());
  const auto refused = fleet.chat("broken");
  CHECK(refused.status == 503);
  CHECK(contains(refused.body, "exit code 3"));
}

TEST_CASE("daemon: a HOT role that exits at every start ends as failed, with its last log lines") {
  fake_fleet fake;
  fake.add("broken", "hot", "--fake-exit-at-start, '3'");
  const running_daemon fleet(fake.registry.write());
  fleet.wait_for_state("broken", "failed");
  const auto status = fleet.admin_get("/admin/roles/broken").body;
  CHECK(contains(status, "exit code 3"));
  CHECK(fleet.admin_get("/readyz").status == 503);
  CHECK(fleet.chat("broken").status == 503);
}

TEST_CASE("daemon: a HOT role that computes at its load for ever keeps nobody from loading") {
  fake_fleet fake;
  rolecall::tiny_gguf::write_model(rolecall::tiny_gguf::model_kind::dense,
                                   fake.folder.path() / "next.gguf");
  fake.registry.models += "  next: {path: next.gguf}\n";
  fake.add("endless", "hot", "--fake-hang-load, --fake-busy",
           "priority: 1, timeouts: {ready_stall: 4s}");
  fake.registry.roles += "  patient: {model: next, tier: hot, port: @}\n";
  const running_daemon fleet(fake.registry.write());
  fleet.wait_for_state("patient", "ready");
  CHECK(fleet.state("endless") == "starting");
}

TEST_CASE("daemon: an operator may try a failed role again, and unloading it ends at once") {
  fake_fleet fake;
  fake.add("broken", "hot", "--fake-exit-at-start, '3'");
  const running_daemon fleet(fake.registry.write());
  fleet.wait_for_state("broken", "failed");
  const auto tried = fleet.generation("broken");
  CHECK(fleet.admin_post("/admin/roles/broken/unload?wait=true").status == 200);
  const auto again = fleet.admin_post("/admin/roles/broken/load?wait=true");
  CHECK(again.status >= 500);
  CHECK(contains(again.body, "exit code 3"));
  CHECK(fleet.generation("broken") > tried);
}

TEST_CASE("daemon: a crash in the middle of a stream ends it with an error event") {
  fake_fleet fake;
  fake.add("crashing", "warm", "--fake-crash-mid-stream, '2'");
  const running_daemon fleet(fake.registry.write());
  open_request stream(fleet.door(), "/v1/chat/completions", stream_of("crashing"));
  CHECK(stream.status() == 200);
  const auto text = stream.rest();
  REQUIRE(text);
  CHECK(contains(*text, "\"error\""));
  fleet.wait_for_state("crashing", "stopped");
}

TEST_CASE("daemon: a crash before the first byte is a 502") {
  fake_fleet fake;
  fake.add("crashing", "warm", "--fake-crash-on-request");
  const running_daemon fleet(fake.registry.write());
  const auto lost = fleet.chat("crashing");
  CHECK(lost.status == 502);
  CHECK(contains(lost.body, "\"error\""));
}

TEST_CASE("daemon: a server that accepts and says nothing is a 504 after the first-byte time-out") {
  fake_fleet fake;
  fake.add("silent", "warm", "--fake-silent", "timeouts: {first_byte: 1s}");
  const running_daemon fleet(fake.registry.write());
  CHECK(fleet.chat("silent").status == 504);
  fleet.wait_until([&] { return fleet.leases("silent") == 0; });
}

TEST_CASE("daemon: a half-written chunk never looks like a complete answer") {
  fake_fleet fake;
  fake.add("half", "warm", "--fake-half-chunk");
  const running_daemon fleet(fake.registry.write());
  open_request stream(fleet.door(), "/v1/chat/completions", stream_of("half"));
  const auto text = stream.rest();
  CHECK((!text || contains(*text, "\"error\"")));
}

TEST_CASE("daemon: a child that ignores TERM is killed after the grace period") {
  fake_fleet fake;
  fake.add("stubborn", "warm", "--fake-ignore-term", "timeouts: {stop: 1s}");
  const running_daemon fleet(fake.registry.write());
  REQUIRE(fleet.chat("stubborn").status == 200);
  const auto pid = fleet.child("stubborn");
  CHECK(fleet.admin_post("/admin/roles/stubborn/unload?wait=true").status == 200);
  CHECK_FALSE(is_alive(pid));
}

TEST_CASE("daemon: a stranger that answers on a role's port is not taken for the role") {
  fake_fleet stranger;
  fake_fleet fake;
  const auto port = std::to_string(free_ports(1).front());
  stranger.registry.roles = "  other: {model: small, tier: hot, port: " + port + "}\n";
  fake.registry.roles = "  mine: {model: small, tier: warm, port: " + port + "}\n";
  const running_daemon first(stranger.registry.write());
  first.wait_for_state("other", "ready");
  const running_daemon second(fake.registry.write());
  const auto refused = second.chat("mine");
  CHECK(refused.status == 503);
  CHECK(contains(refused.body, "pid " + std::to_string(first.child("other"))));
  CHECK(first.chat("other").status == 200);
}

TEST_CASE("daemon: 32 waiters for one slow load are all answered by it") {
  fake_fleet fake;
  fake.add("slow", "warm", "--fake-load-ms, '200'", "slots: 4");
  const running_daemon fleet(fake.registry.write());
  std::atomic<int> answered{0};
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 32; ++i)
      clients.emplace_back([&] { answered += fleet.chat("slow").status == 200 ? 1 : 0; });
  }
  CHECK(answered == 32);
  CHECK(fleet.generation("slow") == 1);
}

TEST_CASE("daemon: more waiters than the queue holds are refused with 429") {
  fake_fleet fake;
  fake.add("slow", "warm", "--fake-load-ms, '1000'", "queue: {limit: 2}");
  const running_daemon fleet(fake.registry.write());
  std::atomic<int> answered{0};
  std::atomic<int> refused{0};
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 6; ++i)
      clients.emplace_back([&] {
        const auto status = fleet.chat("slow").status;
        answered += status == 200 ? 1 : 0;
        refused += status == 429 ? 1 : 0;
      });
  }
  CHECK(answered + refused == 6);
  CHECK(answered >= 2);
}

TEST_CASE("daemon: stopping drains a running answer and leaves no process") {
  fake_fleet fake;
  fake.add("streaming", "hot", "--fake-chunks, '20', --fake-chunk-ms, '20'");
  running_daemon fleet(fake.registry.write());
  fleet.wait_for_state("streaming", "ready");
  const auto pid = fleet.child("streaming");
  open_request stream(fleet.door(), "/v1/chat/completions", stream_of("streaming"));
  REQUIRE(stream.status() == 200);
  REQUIRE(stream.next_piece());
  std::jthread stopping([&] { CHECK(fleet.stop() == 0); });
  const auto text = stream.rest();
  REQUIRE(text);
  CHECK(contains(*text, "[DONE]"));
  stopping.join();
  CHECK_FALSE(is_alive(pid));
}
