#include "tests/e2e/engine_fixture.hpp"

#include <atomic>
#include <thread>

#include <doctest/doctest.h>

using namespace rolecall::test;

TEST_CASE("e2e: 32 concurrent first requests cause one load and are all answered") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  const running_daemon fleet(fixture.registry.write());
  std::atomic<int> answered{0};
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < 32; ++i)
      clients.emplace_back(
          [&] { answered += fleet.chat("alpha", "hello", 4).status == 200 ? 1 : 0; });
  }
  CHECK(answered == 32);
  CHECK(fleet.generation("alpha") == 1);
}

TEST_CASE("e2e: the least recently used idle role makes room") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  fixture.fit(2, "alpha");
  const running_daemon fleet(fixture.registry.write());
  REQUIRE(fleet.chat("alpha").status == 200);
  REQUIRE(fleet.chat("beta").status == 200);
  REQUIRE(fleet.chat("alpha").status == 200);  // beta is older now
  REQUIRE(fleet.chat("gamma").status == 200);
  CHECK(fleet.state("alpha") == "ready");
  CHECK(fleet.state("beta") == "stopped");
  CHECK(fleet.state("gamma") == "ready");
  const auto evictions = fleet.events("evict");
  REQUIRE(evictions.size() == 1);
  CHECK(evictions[0].find("beta: evicted: to make room for gamma") == 0);
}

TEST_CASE(
    "e2e: a role that streams is not evicted, and the waiting role loads when the stream ends") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  fixture.fit(1, "alpha");
  const running_daemon fleet(fixture.registry.write());
  open_request stream(fleet.door(), "/v1/chat/completions", long_stream("alpha"));
  REQUIRE(stream.status() == 200);
  REQUIRE(stream.next_piece());
  const auto pid = fleet.child("alpha");

  http_response other;
  std::jthread waiting([&] { other = fleet.chat("beta"); });
  fleet.wait_until([&] {
    return fleet.admin_get("/admin/status").body.find("\"waiting\":1") != std::string::npos;
  });
  CHECK(fleet.child("alpha") == pid);
  CHECK(fleet.leases("alpha") == 1);

  const auto text = stream.rest();
  REQUIRE(text);
  CHECK(text->find("[DONE]") != std::string::npos);
  waiting.join();
  CHECK(other.status == 200);
  CHECK(fleet.state("alpha") == "stopped");
}

TEST_CASE("e2e: two roles that fit only one at a time both get answers under alternating load") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  fixture.registry.host = "  patience: 1s\n";
  fixture.fit(1, "alpha");
  const running_daemon fleet(fixture.registry.write());
  std::atomic<int> answered{0};
  {
    std::vector<std::jthread> clients;
    for (const auto* role : {"alpha", "beta", "alpha", "beta"})
      clients.emplace_back([&, role] {
        for (int i = 0; i < 10; ++i) answered += fleet.chat(role, "hello", 4).status == 200 ? 1 : 0;
      });
  }
  CHECK(answered == 40);
}

TEST_CASE("e2e: a role that can never fit is refused at once with 507 and the numbers") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  fixture.registry.budget = "40MiB";
  const running_daemon fleet(fixture.registry.write());
  const auto refused = fleet.chat("alpha");
  CHECK(refused.status == 507);
  CHECK(refused.body.find("40.0 MiB") != std::string::npos);
  CHECK(fleet.generation("alpha") == 0);
}

TEST_CASE("e2e: a client that goes away frees the role while the answer is being generated") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  fixture.registry.roles += "  wide: {model: big-1, tier: warm, port: @, context: 32768}\n";
  const running_daemon fleet(fixture.registry.write());
  {
    open_request stream(fleet.door(), "/v1/chat/completions", long_stream("wide"));
    REQUIRE(stream.status() == 200);
    REQUIRE(stream.next_piece());
    CHECK(fleet.leases("wide") == 1);
    stream.abandon();
  }
  fleet.wait_until([&] { return fleet.leases("wide") == 0; });
  // The engine has one slot: an answer to somebody else proves that it is free.
  CHECK(fleet.chat("wide", "hello", 4).status == 200);
}

TEST_CASE("e2e: an operator loads, pins and unloads a role, and a pinned role is not evicted") {
  engine_fixture fixture;
  add_three_warm_roles(fixture.registry);
  fixture.fit(2, "alpha");
  const running_daemon fleet(fixture.registry.write());
  CHECK(fleet.admin_post("/admin/roles/alpha/load?wait=true").status == 200);
  CHECK(fleet.state("alpha") == "ready");
  CHECK(fleet.admin_post("/admin/roles/alpha/pin").status == 200);
  REQUIRE(fleet.chat("beta").status == 200);
  REQUIRE(fleet.chat("gamma").status == 200);  // alpha is older, but pinned
  CHECK(fleet.state("alpha") == "ready");
  CHECK(fleet.state("beta") == "stopped");
  CHECK(fleet.admin_post("/admin/roles/alpha/restart?wait=true").status == 200);
  CHECK(fleet.generation("alpha") == 2);
  CHECK(fleet.admin_post("/admin/roles/alpha/unload?wait=true").status == 200);
  CHECK(fleet.state("alpha") == "stopped");
}
