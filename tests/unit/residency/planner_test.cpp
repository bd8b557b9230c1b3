#include "scripted_fleet.hpp"

#include <doctest/doctest.h>

// Loading on demand, eviction and queues.

namespace rolecall::residency::tests {

namespace {

constexpr auto hot = registry::tier::hot;
constexpr auto warm = registry::tier::warm;

}  // namespace

TEST_CASE("residency: HOT instances are launched in registry order, WARM ones are not") {
  scripted_fleet fleet(
      catalogue_of(10, {{"chat", hot, 4}, {"math", warm, 4}, {"embed", hot, 1, 2}}));
  CHECK(fleet.launched() == "start instance 0; start instance 2; start instance 3");
  CHECK(fleet.plan.reserved() == 6);
  CHECK(fleet.state(1) == "absent");
}

TEST_CASE("residency: a WARM role is started by its first request and granted when it is ready") {
  scripted_fleet fleet(catalogue_of(10, {{"math", warm, 4}}));
  CHECK(fleet.ask(1, 0) == "start instance 0");
  CHECK(fleet.plan.reserved() == 4);
  CHECK(fleet.plan.waiting(0) == 1);
  CHECK(fleet.ready(0) == "grant waiter 1 instance 0");
  CHECK(fleet.plan.waiting(0) == 0);
  CHECK(fleet.ask(2, 0) == "grant waiter 2 instance 0");
}

TEST_CASE(
    "residency: thirty-two waiting requests share one load and are granted in the order of "
    "arrival") {
  scripted_fleet fleet(catalogue_of(10, {{"math", warm, 4}}));
  CHECK(fleet.ask(1, 0) == "start instance 0");
  std::string grants = "grant waiter 1 instance 0";
  for (waiter_id id = 2; id <= 32; ++id) {
    CHECK(fleet.ask(id, 0).empty());
    grants += "; grant waiter " + std::to_string(id) + " instance 0";
  }
  CHECK(fleet.ready(0) == grants);
}

TEST_CASE(
    "residency: the least recently used idle role makes room, and the text says for whom and how "
    "much") {
  scripted_fleet fleet(
      catalogue_of(300_GiB, {{"a", warm, 100_GiB}, {"b", warm, 188_GiB}, {"c", warm, 100_GiB}}));
  fleet.load(0, 0);
  fleet.now += 10s;
  fleet.load(1, 1);
  fleet.now += 30s;
  CHECK(fleet.ask(1, 2) ==
        "evict instance 0 (evicted) to make room for c (100.0 GiB needed, 12.0 GiB free; idle for "
        "40s)");
}

TEST_CASE("residency: an evicted instance keeps its reservation until its exit is confirmed") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  fleet.load(0, 0);
  CHECK(fleet.ask(1, 1).starts_with("evict instance 0"));
  CHECK(fleet.plan.reserved() == 6);
  CHECK(fleet.later(5s).empty());
  CHECK(fleet.exited(0) == "start instance 1");
}

TEST_CASE("residency: while an exit is pending nobody else is evicted for the same need") {
  scripted_fleet fleet(catalogue_of(12, {{"a", warm, 6}, {"b", warm, 6}, {"c", warm, 6}}));
  fleet.load(0, 0);
  fleet.now += 1s;
  fleet.load(1, 1);
  CHECK(fleet.ask(1, 2).starts_with("evict instance 0"));
  CHECK(fleet.ask(2, 2).empty());
  CHECK(fleet.later(1s).empty());
  CHECK(fleet.state(1) == "ready");
}

TEST_CASE(
    "residency: a leased instance is not evicted when the budget is exceeded, but when it becomes "
    "idle") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  CHECK(fleet.ask(2, 1) == "watch instance 0");
  CHECK(fleet.ask(3, 1).empty());
  CHECK(fleet.done(0).starts_with("evict instance 0"));
}

TEST_CASE("residency: a notice of idleness that comes too late is asked for again") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  fleet.ask(2, 1);
  CHECK(fleet.after(instance_idle{0}) == "watch instance 0");
}

TEST_CASE("residency: an eviction that came too late waits for the victim to become idle again") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  fleet.load(0, 0);
  CHECK(fleet.ask(1, 1).starts_with("evict instance 0"));
  fleet.use[0].leases = 1;
  CHECK(fleet.after(eviction_failed{0}) == "watch instance 0");
  CHECK(fleet.state(0) == "ready");
  CHECK(fleet.done(0).starts_with("evict instance 0"));
}

TEST_CASE("residency: an instance that was never used counts as used when it became ready") {
  scripted_fleet fleet(catalogue_of(12, {{"a", warm, 6}, {"b", warm, 6}, {"c", warm, 6}}));
  fleet.load(0, 0);
  fleet.now += 1s;
  fleet.after(operator_load{1});
  fleet.ready(1);
  CHECK(fleet.ask(1, 2).starts_with("evict instance 0"));
}

TEST_CASE("residency: neither HOT nor pinned roles are evicted, however long they have been idle") {
  scripted_fleet fleet(
      catalogue_of(12, {{"chat", hot, 4}, {"a", warm, 4}, {"b", warm, 4}, {"c", warm, 4}}));
  fleet.launched();
  fleet.ready(0);
  fleet.load(1, 1);
  fleet.after(operator_pin{1});
  fleet.now += 60s;
  fleet.load(2, 2);
  CHECK(fleet.ask(1, 3).starts_with("evict instance 2"));
  fleet.exited(2);
  fleet.ready(3);
  fleet.after(operator_pin{3});
  CHECK(fleet.ask(2, 2).empty());
  CHECK(fleet.after(operator_pin{1, false}).starts_with("evict instance 1"));
}

TEST_CASE("residency: a role that fits beside no HOT role is refused at once with the numbers") {
  scripted_fleet fleet(
      catalogue_of(320_GiB, {{"chat", hot, 58_GiB}, {"big", warm, 271_GiB}, {"a", warm, 262_GiB}}));
  CHECK(fleet.ask(1, 1) ==
        "refuse waiter 1: cannot load role big: it needs 271.0 GiB, but of the 320.0 GiB budget "
        "58.0 GiB stay "
        "reserved for HOT roles; raise host.memory.budget or lower the role's context");
  REQUIRE(fleet.plan.never_fits(1));
  CHECK(fleet.plan.never_fits(1)->code == refusal_code::never_fits);
  CHECK_FALSE(fleet.plan.never_fits(0));
  CHECK_FALSE(fleet.plan.never_fits(2));
  CHECK(fleet.after(operator_load{1}).empty());
}

TEST_CASE("residency: a queue that is full refuses, each role by its own limit") {
  auto known = catalogue_of(10, {{"a", warm, 6}});
  known.roles[0].queue.limit = 2;
  known.roles.push_back(known.roles[0]);  // shares the process
  known.roles[1].name = "b";
  scripted_fleet fleet(known);
  CHECK(fleet.ask(1, 0) == "start instance 0");
  CHECK(fleet.ask(2, 0).empty());
  CHECK(fleet.ask(3, 0) ==
        "refuse waiter 3: cannot queue a request for role a: 2 are waiting already, which is its "
        "limit; try again "
        "in 2s");
  CHECK(fleet.ask(4, 1).empty());
  CHECK(fleet.plan.waiting(0) == 2);
  CHECK(fleet.plan.waiting(1) == 1);
  CHECK(fleet.ready(0) ==
        "grant waiter 1 instance 0; grant waiter 2 instance 0; grant waiter 4 instance 0");
}

TEST_CASE("residency: a waiter is refused at its deadline and told what it waited for") {
  scripted_fleet fleet(catalogue_of(10_GiB, {{"a", warm, 6_GiB}, {"b", warm, 6_GiB}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  fleet.ask(2, 1, 10s);
  CHECK(fleet.next_tick() == 10);
  CHECK(fleet.later(9s).empty());
  CHECK(fleet.later(1s) ==
        "refuse waiter 2: cannot admit a request to role b within 10s: it needs 6.0 GiB, 4.0 GiB "
        "are free, a holds "
        "6.0 GiB (1 running); try again in 3s");
  CHECK(fleet.plan.waiting(1) == 0);
}

TEST_CASE("residency: a waiter for a role that loads past its deadline is told so") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.ask(1, 0, 10s);
  CHECK(fleet.later(10s) ==
        "refuse waiter 1: cannot admit a request to role a within 10s: it is still loading; try "
        "again in 1s");
  CHECK(fleet.state(0) == "starting");
}

TEST_CASE("residency: who withdrew leaves no trace") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  fleet.load(0, 0);
  CHECK(fleet.ask(1, 1).starts_with("evict instance 0"));
  CHECK(fleet.after(waiter_withdrawn{1}).empty());
  CHECK(fleet.exited(0).empty());
  CHECK(fleet.plan.reserved() == 0);
  CHECK(fleet.next_tick() == -1);
}

TEST_CASE(
    "residency: all replicas of a role are loaded, and grants go to the one with the least "
    "leases") {
  scripted_fleet fleet(catalogue_of(10, {{"embed", warm, 2, 3}}));
  CHECK(fleet.ask(1, 0) == "start instance 0; start instance 1; start instance 2");
  for (waiter_id id = 2; id <= 5; ++id) fleet.ask(id, 0);
  CHECK(fleet.ready(1).starts_with("grant waiter 1 instance 1; grant waiter 2 instance 1"));
  fleet.ready(0);
  fleet.ready(2);
  CHECK(fleet.ask(6, 0) == "grant waiter 6 instance 0");
  CHECK(fleet.ask(7, 0) == "grant waiter 7 instance 2");
  CHECK(fleet.ask(8, 0) == "grant waiter 8 instance 0");
}

TEST_CASE("residency: grants of one step count as leases") {
  scripted_fleet fleet(catalogue_of(10, {{"embed", warm, 2, 2}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  fleet.ready(1);
  fleet.use[0].open = fleet.use[1].open = false;
  for (waiter_id id = 2; id <= 4; ++id) fleet.ask(id, 0);
  fleet.use[0].open = fleet.use[1].open = true;
  CHECK(fleet.later(1s) ==
        "grant waiter 2 instance 1; grant waiter 3 instance 0; grant waiter 4 instance 1");
}

TEST_CASE("residency: replicas that do not fit together are not loaded") {
  scripted_fleet fleet(catalogue_of(10, {{"chat", hot, 3}, {"embed", warm, 3, 3}}));
  fleet.launched();
  CHECK(fleet.ask(1, 1) == "start instance 1; start instance 2");
  CHECK_FALSE(fleet.plan.never_fits(1));
}

TEST_CASE("residency: a further replica does not interrupt anybody") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 5}, {"embed", warm, 5, 2}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  CHECK(fleet.ask(2, 1) == "start instance 1");
  CHECK(fleet.later(60s).empty());
  CHECK(fleet.ready(1) == "grant waiter 2 instance 1");
  CHECK(fleet.done(0).empty());
}

TEST_CASE("residency: roles that share processes are loaded and granted together") {
  auto known = catalogue_of(10, {{"general", warm, 6}});
  known.roles.push_back(known.roles[0]);
  known.roles[1].name = "math";
  scripted_fleet fleet(known);
  CHECK(fleet.ask(1, 1) == "start instance 0");
  CHECK(fleet.ask(2, 0).empty());
  CHECK(fleet.ready(0) == "grant waiter 1 instance 0; grant waiter 2 instance 0");
}

TEST_CASE("residency: nothing is granted through a gate that supervision has closed") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.load(0, 0);
  fleet.use[0].open = false;
  CHECK(fleet.ask(1, 0).empty());
  CHECK(fleet.after(instance_exited{0, false, false, "unresponsive"}) == "start instance 0");
}

TEST_CASE(
    "residency: an idle role is unloaded after its idle time, which begins when it was last used") {
  auto known = catalogue_of(20, {{"a", warm, 6}, {"b", warm, 6}});
  known.roles[0].idle_unload = 60s;
  scripted_fleet fleet(known);
  fleet.load(0, 0);
  fleet.load(1, 1);
  CHECK(fleet.next_tick() == 60);
  fleet.now += 30s;
  fleet.use[0].last_used = fleet.now;  // used without anybody asking here
  CHECK(fleet.next_tick() == 60);
  CHECK(fleet.later(30s).empty());
  CHECK(fleet.next_tick() == 30);
  CHECK(fleet.later(30s) == "evict instance 0 (idle) idle for 1m");
  CHECK(fleet.next_tick() == -1);
}

TEST_CASE(
    "residency: a request longer than the idle time is watched, not polled, and counts from its "
    "end") {
  auto known = catalogue_of(20, {{"a", warm, 6}});
  known.roles[0].idle_unload = 60s;
  scripted_fleet fleet(known);
  fleet.ask(1, 0);
  fleet.ready(0);
  CHECK(fleet.later(60s) == "watch instance 0");
  CHECK(fleet.next_tick() == -1);
  fleet.now += 100s;
  CHECK(fleet.done(0).empty());
  CHECK(fleet.next_tick() == 60);
}

TEST_CASE("residency: pinned and HOT roles are not unloaded when idle") {
  auto known = catalogue_of(20, {{"chat", hot, 6}, {"a", warm, 6}});
  known.roles[0].idle_unload = known.roles[1].idle_unload = 60s;
  scripted_fleet fleet(known);
  fleet.launched();
  fleet.ready(0);
  fleet.load(1, 1);
  fleet.after(operator_pin{1});
  CHECK(fleet.next_tick() == -1);
  CHECK(fleet.later(600s).empty());
  CHECK(fleet.after(operator_pin{1, false}).starts_with("evict instance 1 (idle)"));
}

}  // namespace rolecall::residency::tests
