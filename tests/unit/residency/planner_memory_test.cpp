#include "scripted_fleet.hpp"

#include <doctest/doctest.h>

// Less memory than was planned with, files that are shared, and who goes first.

namespace rolecall::residency::tests {

namespace {

constexpr auto hot = registry::tier::hot;
constexpr auto warm = registry::tier::warm;

}  // namespace

TEST_CASE("residency: roles that map one file are loaded side by side in the memory of one") {
  scripted_fleet fleet(catalogue_of(14, {{"a", warm, 2, 1, {0}}, {"b", warm, 2, 1, {0}}}, {10}));
  CHECK(fleet.ask(1, 0) == "start instance 0");
  CHECK(fleet.plan.reserved() == 12);
  CHECK(fleet.ask(2, 1) == "start instance 1");
  CHECK(fleet.plan.reserved() == 14);
}

TEST_CASE("residency: a role whose file others keep in memory does not wait for its bytes") {
  scripted_fleet fleet(
      catalogue_of(16, {{"a", warm, 2, 1, {0}}, {"b", warm, 2, 1, {0}}, {"c", warm, 4}}, {10}));
  fleet.load(2, 2);
  fleet.now += 10s;
  fleet.load(0, 0);
  CHECK(fleet.ask(1, 1).starts_with(
      "evict instance 2 (evicted) to make room for b (2 B needed, 0 B free"));
}

TEST_CASE("residency: replicas count their common file once when it is decided how many fit") {
  scripted_fleet fleet(catalogue_of(14, {{"embed", warm, 2, 3, {0}}}, {10}));
  CHECK(fleet.ask(1, 0) == "start instance 0; start instance 1");
}

TEST_CASE("residency: HOT roles that share a file leave more to others") {
  const std::vector<role_of> roles{
      {"chat", hot, 2, 1, {0}}, {"code", hot, 2, 1, {0}}, {"a", warm, 6}};
  CHECK_FALSE(scripted_fleet(catalogue_of(20, roles, {10})).plan.never_fits(2));
  CHECK(scripted_fleet(catalogue_of(19, roles, {10})).plan.never_fits(2));
}

TEST_CASE("residency: an instance can have what other HOT roles and its own files leave") {
  const auto known = catalogue_of(
      20, {{"chat", hot, 2, 1, {0}}, {"code", hot, 3, 1, {1}}, {"a", warm, 6}}, {10, 1});
  CHECK(known.room_for(0) == 6);
  CHECK(known.room_for(2) == 4);
}

TEST_CASE("residency: a footprint that was learned holds from the next load on") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 4}}));
  CHECK(fleet.measured(0, 7).empty());
  CHECK(fleet.plan.known().instances[0].footprint == 7);
  CHECK(fleet.ask(1, 0) == "start instance 0");
  CHECK(fleet.plan.reserved() == 7);
  CHECK(fleet.ask(2, 1).empty());
}

TEST_CASE("residency: a measured footprint is reserved at once, and less of it sets memory free") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 5}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  CHECK(fleet.ask(2, 1) == "watch instance 0");
  CHECK(fleet.measured(0, 5) == "start instance 1");
  CHECK(fleet.plan.reserved() == 10);
}

TEST_CASE("residency: when measured memory exceeds the budget idle WARM roles leave, in order") {
  scripted_fleet fleet(
      catalogue_of(12_GiB, {{"chat", hot, 4_GiB}, {"a", warm, 2_GiB}, {"b", warm, 4_GiB}}));
  fleet.launched();
  fleet.ready(0);
  fleet.load(1, 1);
  fleet.now += 5s;
  fleet.load(2, 2);
  CHECK(fleet.measured(0, 7_GiB) ==
        "evict instance 1 (evicted) measured memory exceeds the budget by 1.0 GiB");
  CHECK(fleet.plan.reserved() == 13_GiB);
  CHECK(fleet.later(1s).empty());  // what leaves already counts
  CHECK(fleet.exited(1).empty());
  CHECK(fleet.plan.reserved() == 11_GiB);
}

TEST_CASE("residency: above the budget the busy ones leave when they become idle") {
  scripted_fleet fleet(catalogue_of(10, {{"chat", hot, 4}, {"a", warm, 4}}));
  fleet.launched();
  fleet.ready(0);
  fleet.ask(1, 1);
  fleet.ready(1);
  CHECK(fleet.measured(0, 8) == "watch instance 1");
  CHECK(fleet.done(1).starts_with("evict instance 1 (evicted) measured memory exceeds"));
}

TEST_CASE("residency: above the budget nothing starts, and crashed HOT roles come back") {
  scripted_fleet fleet(catalogue_of(10, {{"chat", hot, 4}, {"a", warm, 2}}));
  fleet.launched();
  fleet.ready(0);
  fleet.measured(0, 12);
  CHECK(fleet.plan.reserved() == 12);
  CHECK(fleet.ask(1, 1).starts_with("refuse waiter 1: cannot load role a: it needs 2 B"));
  fleet.after(instance_exited{0, false, true, "crashed: signal 9"});
  CHECK(fleet.state(0) == "backoff");
  fleet.after(instance_restarting{0});
  CHECK(fleet.ask(2, 0).empty());
  CHECK(fleet.ready(0) == "grant waiter 2 instance 0");
}

TEST_CASE("residency: who waits for a role that does not fit any more is told so") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  fleet.ask(2, 1);
  CHECK(fleet.measured(1, 11).starts_with("refuse waiter 2: cannot load role b: it needs 11 B"));
}

TEST_CASE("residency: while strangers hold the host's memory nothing is loaded") {
  scripted_fleet fleet(catalogue_of(10_GiB, {{"a", warm, 6_GiB}}));
  CHECK(fleet.missing(1_GiB).empty());
  CHECK(fleet.ask(1, 0, 10s).empty());
  CHECK(fleet.after(operator_load{0}).empty());
  CHECK(fleet.later(10s) ==
        "refuse waiter 1: cannot admit a request to role a within 10s: the host has 1.0 GiB less "
        "available memory than host.memory.floor asks for: something outside the fleet uses it; "
        "try again in 3s");
  CHECK(fleet.missing(0) == "start instance 0");
}

TEST_CASE("residency: idle WARM roles leave until what leaves covers what strangers took") {
  scripted_fleet fleet(catalogue_of(
      30_GiB, {{"chat", hot, 4_GiB}, {"a", warm, 4_GiB}, {"b", warm, 4_GiB}, {"c", warm, 4_GiB}}));
  fleet.launched();
  fleet.ready(0);
  for (const instance_id id : {1, 2, 3}) {
    fleet.load(id, id);
    fleet.now += 10s;
  }
  const std::string why =
      " (pressure) the host has 5.0 GiB less available memory than host.memory.floor asks for: "
      "something outside the fleet uses it";
  CHECK(fleet.missing(5_GiB) == "evict instance 1" + why + "; evict instance 2" + why);
  CHECK(fleet.missing(5_GiB).empty());  // they are leaving
  CHECK(fleet.exited(1).empty());
  CHECK(fleet.missing(4_GiB).empty());
  CHECK(fleet.missing(6_GiB).starts_with("evict instance 3 (pressure)"));
  fleet.exited(2);
  fleet.exited(3);
  CHECK(fleet.missing(20_GiB).empty());  // HOT stays
  CHECK(fleet.state(0) == "ready");
}

TEST_CASE("residency: strangers move neither pinned roles nor running requests") {
  scripted_fleet fleet(catalogue_of(30, {{"a", warm, 4}, {"b", warm, 4}}));
  fleet.load(0, 0);
  fleet.after(operator_pin{0});
  fleet.ask(1, 1);
  fleet.ready(1);
  CHECK(fleet.missing(8).empty());
  fleet.done(1);
  CHECK(fleet.missing(8).starts_with("evict instance 1 (pressure)"));
}

TEST_CASE("residency: HOT roles restart under pressure, and are loaded after it") {
  scripted_fleet fleet(catalogue_of(30, {{"chat", hot, 4}, {"code", hot, 4}}));
  fleet.missing(5);
  CHECK(fleet.launched().empty());
  CHECK(fleet.missing(0) == "start instance 0; start instance 1");
  fleet.ready(0);
  fleet.missing(5);
  fleet.after(instance_exited{0, false, true, "crashed: signal 9"});
  fleet.after(instance_restarting{0});
  CHECK(fleet.state(0) == "starting");
}

TEST_CASE("residency: a role of lower priority makes room before one that was used longer ago") {
  auto known = catalogue_of(12, {{"a", warm, 6}, {"b", warm, 6}, {"c", warm, 6}});
  known.roles[0].priority = 10;
  scripted_fleet fleet(known);
  fleet.load(0, 0);
  fleet.now += 60s;
  fleet.load(1, 1);
  CHECK(fleet.ask(1, 2).starts_with("evict instance 1"));
}

TEST_CASE("residency: by load cost the memory that loads again soonest goes first") {
  auto known = catalogue_of(12, {{"slow", warm, 6}, {"quick", warm, 6}, {"c", warm, 6}});
  known.eviction = registry::eviction_order::load_cost;
  scripted_fleet fleet(known);
  fleet.ask(1, 0);
  fleet.now += 120s;  // it loads for two minutes
  fleet.ready(0);
  fleet.done(0);
  fleet.ask(2, 1);
  fleet.now += 10s;
  fleet.ready(1);
  fleet.done(1);
  fleet.now += 200s;
  CHECK(fleet.ask(3, 2).starts_with("evict instance 1"));
}

TEST_CASE("residency: by load cost a load that has not paid yet is evicted last") {
  auto known = catalogue_of(12, {{"old", warm, 6}, {"new", warm, 6}, {"c", warm, 6}});
  known.eviction = registry::eviction_order::load_cost;
  scripted_fleet fleet(known);
  fleet.ask(1, 0);
  fleet.now += 100s;
  fleet.ready(0);
  fleet.now += 150s;
  fleet.ask(2, 1);
  fleet.now += 50s;
  fleet.ready(1);
  fleet.done(1);
  fleet.now += 10s;
  fleet.done(0);  // used more recently and slower to load, but it has paid
  CHECK(fleet.ask(3, 2).starts_with("evict instance 0"));
}

}  // namespace rolecall::residency::tests
