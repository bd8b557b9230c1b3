#include "orchestrator/proxy/lease_source.hpp"

#include "tests/unit/proxy/routing.hpp"

#include <doctest/doctest.h>

using namespace rolecall::proxy;
using namespace std::chrono_literals;

namespace {

struct counting_listener : gate_listener {
  std::vector<rolecall::residency::instance_id> told;
  std::vector<rolecall::residency::instance_id> freed;
  void instance_idle(rolecall::residency::instance_id instance) override {
    told.push_back(instance);
  }
  void slot_freed(rolecall::residency::instance_id instance) override { freed.push_back(instance); }
};

struct replicated_role {
  std::deque<upstream> upstreams{3};
  routed_role role;

  replicated_role() {
    for (auto& each : upstreams) {
      each.id = static_cast<rolecall::residency::instance_id>(role.upstreams.size());
      each.gate.open();
      role.upstreams.push_back(&each);
    }
  }
};

const time_point now{1h};

}  // namespace

TEST_CASE("proxy: a role is found by each of its names and by nothing else") {
  const test::routing routes;
  for (const auto* name : {"coder", "gpt-4", "qwen-coder"})
    CHECK(routes.table.find(name) == &routes.table.roles[0]);
  CHECK(routes.table.find("math") == &routes.table.roles[1]);
  for (const auto* name : {"", "a", "code", "coders", "zzz", "Coder"})
    CHECK_MESSAGE(routes.table.find(name) == nullptr, name);
  CHECK(routing_table{}.find("coder") == nullptr);
}

TEST_CASE("proxy: the least busy replica is entered, the first among equals") {
  replicated_role replicated;
  const auto first = try_enter(replicated.role, nullptr, now);
  const auto second = try_enter(replicated.role, nullptr, now);
  auto third = try_enter(replicated.role, nullptr, now);
  CHECK(first.target().id == 0);
  CHECK(second.target().id == 1);
  CHECK(third.target().id == 2);
  third = lease{};
  CHECK(try_enter(replicated.role, nullptr, now).target().id == 2);
}

TEST_CASE("proxy: a closed replica and the one to avoid are passed over") {
  replicated_role replicated;
  replicated.upstreams[0].gate.close();
  const auto held = try_enter(replicated.role, &replicated.upstreams[1], now);
  REQUIRE(held);
  CHECK(held.target().id == 2);
}

TEST_CASE("proxy: no lease is to be had when every gate is closed or to be avoided") {
  replicated_role replicated;
  for (auto& each : replicated.upstreams) each.gate.close();
  CHECK_FALSE(try_enter(replicated.role, nullptr, now));
  replicated.upstreams[1].gate.open();
  CHECK_FALSE(try_enter(replicated.role, &replicated.upstreams[1], now));
  CHECK_FALSE(try_enter(routed_role{}, nullptr, now));
}

TEST_CASE("proxy: a lease is given back once, by whoever holds it last") {
  replicated_role replicated;
  auto& gate = replicated.upstreams[0].gate;
  {
    auto held = try_enter(replicated.role, nullptr, now);
    CHECK(gate.leases() == 1);
    const lease moved(std::move(held));
    CHECK_FALSE(held);  // NOLINT(bugprone-use-after-move): that it is empty is the claim
    CHECK(gate.leases() == 1);
  }
  CHECK(gate.leases() == 0);
}

TEST_CASE("proxy: a full replica is passed over by what needs a slot, and by nothing else") {
  upstream a{.id = 0, .name = "a", .gate = rolecall::residency::gate{1}};
  upstream b{.id = 1, .name = "b", .gate = rolecall::residency::gate{1}};
  a.gate.open();
  b.gate.open();
  routed_role role;
  role.upstreams = {&a, &b};
  const auto first = try_enter(role, nullptr, now);
  const auto second = try_enter(role, nullptr, now);
  CHECK(first.target().id == 0);
  CHECK(second.target().id == 1);
  CHECK_FALSE(try_enter(role, nullptr, now));
  const auto beside = try_enter(role, nullptr, now, rolecall::residency::lease_kind::slotless);
  REQUIRE(beside);
  CHECK(beside.kind() == rolecall::residency::lease_kind::slotless);
  CHECK(a.gate.slots_taken() == 1);
  CHECK(a.gate.leases() == 2);
}

TEST_CASE("proxy: nobody enters beside a queue, and its next slot is told") {
  replicated_role replicated;
  counting_listener listener;
  for (auto& each : replicated.upstreams) each.listener = &listener;
  {
    const auto held = try_enter(replicated.role, nullptr, now);
    for (auto& each : replicated.upstreams) CHECK(each.gate.announce_queue());
    CHECK_FALSE(try_enter(replicated.role, nullptr, now));
    CHECK(listener.freed.empty());
  }
  CHECK(listener.freed == std::vector<rolecall::residency::instance_id>{0});
  CHECK(listener.told.empty());
}

TEST_CASE("proxy: the control plane hears of the last lease when it asked to") {
  replicated_role replicated;
  counting_listener listener;
  for (auto& each : replicated.upstreams) each.listener = &listener;
  auto held = try_enter(replicated.role, nullptr, now);
  auto other = try_enter(replicated.role, &replicated.upstreams[1], now);
  REQUIRE(replicated.upstreams[0].gate.notify_when_idle());
  { const auto released = std::move(other); }
  CHECK(listener.told.empty());
  { const auto released = std::move(held); }
  CHECK(listener.told == std::vector<rolecall::residency::instance_id>{0});
}
