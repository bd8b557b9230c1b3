#include "orchestrator/proxy/replica_choice.hpp"

#include <deque>
#include <map>

#include <doctest/doctest.h>

using namespace rolecall::proxy;
using namespace std::chrono_literals;
using rolecall::registry::replica_routing;
using rolecall::residency::lease_kind;

namespace {

const time_point now{1h};
constexpr std::uint64_t conversations = 3000;

struct replicas {
  std::deque<upstream> upstreams;
  routed_role role;

  explicit replicas(std::size_t count, replica_routing routing = replica_routing::affinity) {
    role.routing = routing;
    for (std::size_t i = 0; i < count; ++i) {
      auto& added = upstreams.emplace_back();
      added.id = static_cast<rolecall::residency::instance_id>(i);
      added.name = "coder-" + std::to_string(i);
      added.gate.open();
      role.upstreams.push_back(&added);
    }
  }

  [[nodiscard]] upstream* of(std::uint64_t prefix) const {
    return choose_replica(role, {.prefix = prefix}, nullptr, now);
  }
  /// A conversation whose first replica is this one.
  [[nodiscard]] std::uint64_t conversation_of(const upstream& first) const {
    std::uint64_t prefix = 1;
    while (of(prefix) != &first) ++prefix;
    return prefix;
  }
};

}  // namespace

TEST_CASE("replicas: conversations are spread evenly and each keeps its replica") {
  const replicas fleet(3);
  std::map<const upstream*, std::uint64_t> shares;
  for (std::uint64_t prefix = 0; prefix < conversations; ++prefix) {
    ++shares[fleet.of(prefix)];
    CHECK(fleet.of(prefix) == fleet.of(prefix));
  }
  REQUIRE(shares.size() == 3);
  for (const auto& [which, share] : shares) {
    CHECK(share > conversations / 4);
    CHECK(share < conversations / 2);
  }
}

TEST_CASE(
    "replicas: when one leaves, only its own conversations move, and they come back with it") {
  replicas fleet(3);
  std::map<std::uint64_t, const upstream*> before;
  for (std::uint64_t prefix = 0; prefix < conversations; ++prefix)
    before[prefix] = fleet.of(prefix);
  auto& leaving = fleet.upstreams[1];
  leaving.gate.close();
  for (std::uint64_t prefix = 0; prefix < conversations; ++prefix) {
    const auto* const after = fleet.of(prefix);
    CHECK(after != &leaving);
    if (before[prefix] != &leaving) CHECK(after == before[prefix]);
  }
  leaving.gate.open();
  for (std::uint64_t prefix = 0; prefix < conversations; ++prefix)
    CHECK(fleet.of(prefix) == before[prefix]);
}

TEST_CASE("replicas: affinity goes by the instance's name, not by its place") {
  replicas fleet(3);
  std::map<std::uint64_t, const upstream*> before;
  for (std::uint64_t prefix = 0; prefix < 100; ++prefix) before[prefix] = fleet.of(prefix);
  std::swap(fleet.role.upstreams[0], fleet.role.upstreams[2]);
  for (std::uint64_t prefix = 0; prefix < 100; ++prefix) CHECK(fleet.of(prefix) == before[prefix]);
}

TEST_CASE("replicas: a load is bounded by 1.25 times the average, rounded up") {
  CHECK(bounded_load(0, 1) == 2);
  CHECK(bounded_load(0, 2) == 1);
  CHECK(bounded_load(1, 2) == 2);
  CHECK(bounded_load(2, 2) == 2);
  CHECK(bounded_load(3, 2) == 3);
  CHECK(bounded_load(7, 4) == 3);
  CHECK(bounded_load(15, 4) == 5);
  CHECK(bounded_load(0, 100) == 1);
  CHECK(bounded_load(5, 0) == 8);  // nobody is asked for it
}

TEST_CASE("replicas: a conversation passes over a replica that has more than its share") {
  replicas fleet(2);
  auto& first = fleet.upstreams[0];
  const auto prefix = fleet.conversation_of(first);
  const auto one = try_enter(fleet.role, nullptr, now, lease_kind::slot, prefix);
  auto two = try_enter(fleet.role, nullptr, now, lease_kind::slot, prefix);
  CHECK(&one.target() == &first);
  CHECK(&two.target() == &first);  // two of three are within 1.25 times the average
  const auto three = try_enter(fleet.role, nullptr, now, lease_kind::slot, prefix);
  CHECK(&three.target() == &fleet.upstreams[1]);
  two = lease{};
  CHECK(fleet.of(prefix) == &first);
}

TEST_CASE("replicas: a conversation passes over a replica without a free slot") {
  upstream a{.id = 0, .name = "a", .gate = rolecall::residency::gate{1}};
  upstream b{.id = 1, .name = "b", .gate = rolecall::residency::gate{1}};
  a.gate.open();
  b.gate.open();
  routed_role role;
  role.upstreams = {&a, &b};
  role.routing = replica_routing::affinity;
  const auto* const first = choose_replica(role, {.prefix = 7}, nullptr, now);
  const auto one = try_enter(role, nullptr, now, lease_kind::slot, 7);
  const auto two = try_enter(role, nullptr, now, lease_kind::slot, 7);
  CHECK(&one.target() == first);
  CHECK(&two.target() != first);
  CHECK_FALSE(try_enter(role, nullptr, now, lease_kind::slot, 7));
}

TEST_CASE("replicas: without a prefix, or without affinity, the least busy one is chosen") {
  replicas fleet(3);
  const auto held = try_enter(fleet.role, nullptr, now);
  CHECK(held.target().id == 0);
  CHECK(choose_replica(fleet.role, {}, nullptr, now)->id == 1);
  fleet.role.routing = replica_routing::least_busy;
  for (std::uint64_t prefix = 0; prefix < 20; ++prefix) CHECK(fleet.of(prefix)->id == 1);
}

TEST_CASE("replicas: one that rests comes last in every routing, but is better than none") {
  for (const auto routing :
       {replica_routing::least_busy, replica_routing::affinity, replica_routing::probe_first}) {
    replicas fleet(2, routing);
    auto& first = fleet.upstreams[0];
    const auto prefix = routing == replica_routing::affinity ? fleet.conversation_of(first) : 0;
    auto held = try_enter(fleet.role, nullptr, now, lease_kind::slot, prefix);
    REQUIRE(&held.target() == &first);
    held.let_target_rest(now);
    held = lease{};
    CHECK(fleet.of(prefix) == &fleet.upstreams[1]);
    CHECK(choose_replica(fleet.role, {.prefix = prefix}, nullptr, now + upstream::rest) == &first);
    fleet.upstreams[1].gate.close();
    CHECK(fleet.of(prefix) == &first);
  }
}
