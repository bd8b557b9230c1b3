#include "scripted_fleet.hpp"

#include <doctest/doctest.h>

// Waiting for a slot of a role that is ready: who goes first, who is refused, and what is not done
// about it.

namespace rolecall::residency::tests {

namespace {

constexpr auto warm = registry::tier::warm;
constexpr auto background = request_priority::background;
constexpr auto interactive = request_priority::interactive;

// One role with one slot, which waiter 1 has.
struct busy : scripted_fleet {
  explicit busy(std::uint32_t capacity = 1)
      : scripted_fleet(
            catalogue_of(10, {{.name = "a", .tier = warm, .footprint = 6, .capacity = capacity}})) {
    ask(1, 0);
    ready(0);
  }
};

refusal only_refusal(const std::vector<action>& actions) {
  REQUIRE(actions.size() == 1);
  return std::get<refuse>(actions.front()).why;
}

}  // namespace

TEST_CASE("residency: a load lets in as many as there are slots, the others one by one") {
  scripted_fleet fleet(
      catalogue_of(10, {{.name = "a", .tier = warm, .footprint = 6, .capacity = 2}}));
  for (waiter_id id = 1; id <= 4; ++id) fleet.ask(id, 0);
  CHECK(fleet.ready(0) == "grant waiter 1 instance 0; grant waiter 2 instance 0");
  CHECK(fleet.plan.waiting(0) == 2);
  CHECK(fleet.plan.is_waited_for(0));
  CHECK(fleet.done(0) == "grant waiter 3 instance 0");
  CHECK(fleet.done(0) == "grant waiter 4 instance 0");
  CHECK_FALSE(fleet.plan.is_waited_for(0));
}

TEST_CASE("residency: what needs no slot is granted beside those who wait for one") {
  busy fleet;
  CHECK(fleet.ask(2, 0).empty());
  CHECK(fleet.ask_for(3, 0, interactive, lease_kind::slotless) == "grant waiter 3 instance 0");
  CHECK(fleet.plan.waiting(0) == 1);
}

TEST_CASE("residency: the instance with a free slot is granted, of several the least busy one") {
  scripted_fleet fleet(catalogue_of(
      10, {{.name = "a", .tier = warm, .footprint = 2, .replicas = 2, .capacity = 2}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  fleet.ready(1);
  CHECK(fleet.ask(2, 0) == "grant waiter 2 instance 1");
  CHECK(fleet.ask(3, 0) == "grant waiter 3 instance 0");
  CHECK(fleet.ask(4, 0) == "grant waiter 4 instance 1");
  CHECK(fleet.ask(5, 0).empty());
  CHECK(fleet.done(1) == "grant waiter 5 instance 1");
}

TEST_CASE("residency: interactive requests go before background ones, each in order of arrival") {
  busy fleet;
  fleet.ask_for(2, 0, background);
  fleet.ask_for(3, 0, background);
  fleet.ask_for(4, 0, interactive);
  fleet.ask_for(5, 0, interactive);
  CHECK(fleet.plan.waiting(0, background) == 2);
  CHECK(fleet.plan.waiting(0, interactive) == 2);
  for (const auto* next : {"4", "5", "2", "3"})
    CHECK(fleet.done(0) == "grant waiter " + std::string{next} + " instance 0");
}

TEST_CASE(
    "residency: nobody who comes after half of its role's deadline goes before a background "
    "request") {
  busy fleet;
  fleet.ask_for(2, 0, background);
  fleet.now += 299s;
  fleet.ask_for(3, 0, interactive);
  fleet.now += 2s;
  fleet.ask_for(4, 0, interactive);
  for (const auto* next : {"3", "2", "4"})
    CHECK(fleet.done(0) == "grant waiter " + std::string{next} + " instance 0");
}

TEST_CASE("residency: a grant that met a closed or full gate keeps its place") {
  busy fleet;
  fleet.now += 1s;
  const lease_requested asked{2, 0, fleet.now + 60s};
  const auto since = fleet.now;
  fleet.after(asked);
  fleet.now += 1s;
  fleet.ask(3, 0);
  CHECK(fleet.done(0) == "grant waiter 2 instance 0");
  fleet.now += 1s;
  CHECK(fleet.after(grants_missed{{{asked, since}}}).empty());  // the slot is taken
  CHECK(fleet.plan.waiting(0) == 2);
  CHECK(fleet.done(0) == "grant waiter 2 instance 0");
  CHECK(fleet.done(0) == "grant waiter 3 instance 0");
}

TEST_CASE("residency: a waiter that is put back while the fleet shuts down is refused") {
  busy fleet;
  fleet.noted(fleet.plan.shut_down(fleet.now));
  const auto refused = fleet.plan.step(
      grants_missed{{{lease_requested{2, 0, fleet.now + 60s}, fleet.now}}}, fleet.now, fleet.use);
  CHECK(only_refusal(refused).code == refusal_code::shutting_down);
}

TEST_CASE("residency: who left the queue leaves no trace") {
  busy fleet;
  fleet.ask(2, 0);
  CHECK(fleet.plan.is_waited_for(0));
  CHECK(fleet.after(waiter_withdrawn{2}).empty());
  CHECK_FALSE(fleet.plan.is_waited_for(0));
  CHECK(fleet.plan.waiting(0) == 0);
  CHECK(fleet.done(0).empty());
  CHECK(fleet.next_tick() == -1);
}

TEST_CASE("residency: a queue for slots has its limit and its deadline") {
  auto known = catalogue_of(10, {{.name = "a", .tier = warm, .footprint = 6, .capacity = 1}});
  known.roles[0].queue.limit = 1;
  scripted_fleet fleet(known);
  fleet.ask(1, 0);
  fleet.ready(0);
  CHECK(fleet.ask(2, 0, 10s).empty());
  CHECK(fleet.ask(3, 0) ==
        "refuse waiter 3: cannot queue a request for role a: 1 are waiting already, which is its "
        "limit; try again in 1s");
  CHECK(fleet.later(10s) ==
        "refuse waiter 2: cannot admit a request to role a within 10s: its slots are taken by 1 "
        "requests; try again in 1s");
}

TEST_CASE("residency: a queue that background requests fill is not full for an interactive one") {
  auto known = catalogue_of(10, {{.name = "a", .tier = warm, .footprint = 6, .capacity = 1}});
  known.roles[0].queue.limit = 2;
  scripted_fleet fleet(known);
  fleet.ask(1, 0);
  fleet.ready(0);
  fleet.ask_for(2, 0, background);
  fleet.ask_for(3, 0, background);
  CHECK(fleet.ask_for(4, 0, background).starts_with("refuse waiter 4: cannot queue"));
  CHECK(fleet.ask(5, 0).starts_with("refuse waiter 3: cannot queue"));
  CHECK(fleet.ask(6, 0).starts_with("refuse waiter 2: cannot queue"));
  CHECK(fleet.ask(7, 0).starts_with("refuse waiter 7: cannot queue"));
  CHECK(fleet.done(0) == "grant waiter 5 instance 0");
}

TEST_CASE("residency: a refused request is told when its turn would be, by the queue's pace") {
  auto known = catalogue_of(10, {{.name = "a", .tier = warm, .footprint = 6, .capacity = 1}});
  known.roles[0].queue.limit = 3;
  scripted_fleet fleet(known);
  fleet.ask(1, 0);
  fleet.ready(0);
  for (waiter_id id = 2; id <= 4; ++id) fleet.ask(id, 0, 9000s);
  CHECK(fleet.plan.expected_wait(0, fleet.now) == 1s);  // nothing is known yet
  fleet.now += 20s;
  CHECK(fleet.done(0) == "grant waiter 2 instance 0");
  CHECK(fleet.plan.expected_wait(0, fleet.now) == 40s);  // two wait, 20 s each
  fleet.ask(5, 0, 9000s);
  const auto why =
      only_refusal(fleet.plan.step(lease_requested{6, 0, fleet.now + 600s}, fleet.now, fleet.use));
  CHECK(why.code == refusal_code::queue_full);
  CHECK(why.retry_after == 60s);
  fleet.now += 5000s;
  fleet.done(0);
  CHECK(fleet.plan.expected_wait(0, fleet.now) == 600s);
}

TEST_CASE("residency: a request refused while its role loads is told what is left of the load") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.ask(1, 0);
  fleet.now += 40s;
  fleet.ready(0);
  fleet.done(0);
  fleet.after(operator_unload{0});
  fleet.exited(0);
  CHECK(fleet.plan.expected_wait(0, fleet.now) == 40s);
  fleet.ask(2, 0);
  fleet.now += 15s;
  CHECK(fleet.plan.expected_wait(0, fleet.now) == 25s);
  fleet.now += 100s;
  CHECK(fleet.plan.expected_wait(0, fleet.now) == 1s);
}

TEST_CASE("residency: waiting for a slot neither evicts nor interrupts anybody") {
  scripted_fleet fleet(
      catalogue_of(12, {{.name = "a", .tier = warm, .footprint = 4, .replicas = 2, .capacity = 1},
                        {.name = "b", .tier = warm, .footprint = 6}}));
  fleet.load(1, 2);
  fleet.now += 1s;
  // Its first load may evict who is idle, also for its second process: that is no slot's matter.
  CHECK(fleet.ask(1, 0).starts_with("start instance 0; evict instance 2"));
  fleet.exited(2);
  fleet.ready(0);
  fleet.crashed(1);
  fleet.load(1, 2);
  CHECK(fleet.state(1) == "absent");
  CHECK(fleet.ask(2, 0).empty());
  CHECK(fleet.later(60s).empty());
  CHECK(fleet.state(2) == "ready");
}

TEST_CASE("residency: when all that is up is busy, a further process is loaded into free memory") {
  scripted_fleet fleet(catalogue_of(
      12, {{.name = "a", .tier = warm, .footprint = 4, .replicas = 2, .capacity = 1}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  fleet.ready(1);
  fleet.crashed(1);
  CHECK(fleet.ask(2, 0) == "start instance 1");
  CHECK(fleet.ready(1) == "grant waiter 2 instance 1");
}

TEST_CASE("residency: a process beside those that are up comes after every role that has none") {
  scripted_fleet fleet(
      catalogue_of(10, {{.name = "a", .tier = warm, .footprint = 4, .replicas = 2, .capacity = 1},
                        {.name = "b", .tier = warm, .footprint = 6}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  fleet.ready(1);
  fleet.use[0].open = fleet.use[1].open = false;
  fleet.ask(2, 0);
  fleet.now += 1s;
  CHECK(fleet.ask(3, 1) ==
        "evict instance 1 (evicted) to make room for b (6 B needed, 2 B free; "
        "idle for 1s)");
  CHECK(fleet.exited(1) == "start instance 2");
  CHECK(fleet.state(1) == "absent");
}

}  // namespace rolecall::residency::tests
