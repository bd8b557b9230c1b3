#include "scripted_fleet.hpp"

#include <doctest/doctest.h>

// Processes that crash, fail and come back.

namespace rolecall::residency::tests {

namespace {

constexpr auto hot = registry::tier::hot;
constexpr auto warm = registry::tier::warm;

}  // namespace

TEST_CASE(
    "residency: whoever waits for a load that crashes is refused with the reason; the next request "
    "tries again") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.ask(1, 0);
  fleet.ask(2, 0);
  CHECK(fleet.crashed(0) ==
        "refuse waiter 1: cannot load role a: crashed: signal 9; see rolectl logs a; "
        "refuse waiter 2: cannot load role a: crashed: signal 9; see rolectl logs a");
  CHECK(fleet.plan.reserved() == 0);
  CHECK(fleet.ask(3, 0) == "start instance 0");
}

TEST_CASE(
    "residency: a failed role refuses until its cool-down is over and tells how long that is") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.ask(1, 0);
  CHECK(
      fleet.crashed(0, true).starts_with("refuse waiter 1: cannot load role a: crashed: signal 9"));
  CHECK(fleet.state(0) == "failed");
  CHECK(fleet.plan.reserved() == 0);
  fleet.now += 10s;
  const auto refused =
      fleet.plan.step(lease_requested{2, 0, fleet.now + 60s}, fleet.now, fleet.use);
  REQUIRE(refused.size() == 1);
  const auto& why = std::get<refuse>(refused.front()).why;
  CHECK(why.code == refusal_code::role_failed);
  CHECK(why.retry_after == 20s);
  fleet.now += 20s;
  CHECK(fleet.ask(3, 0) == "start instance 0");
}

TEST_CASE("residency: an operator need not wait for the cool-down") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.ask(1, 0);
  fleet.crashed(0, true);
  CHECK(fleet.after(operator_load{0}) == "start instance 0");
}

TEST_CASE(
    "residency: a crashed HOT role keeps its reservation and its waiters while supervision "
    "restarts it") {
  scripted_fleet fleet(catalogue_of(10, {{"chat", hot, 6}, {"a", warm, 6}}));
  fleet.launched();
  fleet.ready(0);
  CHECK(fleet.after(instance_exited{0, false, true, "crashed: signal 9"}).empty());
  CHECK(fleet.state(0) == "backoff");
  CHECK(fleet.plan.reserved() == 6);
  CHECK(fleet.ask(1, 0).empty());
  CHECK(fleet.after(instance_restarting{0}).empty());
  CHECK(fleet.state(0) == "starting");
  CHECK(fleet.after(instance_exited{0, false, true, "crashed: signal 9"}).empty());
  CHECK(fleet.plan.waiting(0) == 1);
  fleet.after(instance_restarting{0});
  CHECK(fleet.ready(0) == "grant waiter 1 instance 0");
}

TEST_CASE(
    "residency: a failed HOT role gives its memory up and has it back by evicting on the next "
    "request") {
  scripted_fleet fleet(catalogue_of(10, {{"chat", hot, 5}, {"a", warm, 5}, {"b", warm, 5}}));
  fleet.launched();
  CHECK(fleet.crashed(0, true).empty());
  fleet.load(1, 1);
  fleet.now += 1s;
  fleet.load(2, 2);
  CHECK(fleet.plan.reserved() == 10);
  fleet.now += 30s;
  CHECK(fleet.ask(1, 0).starts_with("evict instance 1 (evicted) to make room for chat"));
  CHECK(fleet.exited(1) == "start instance 0");
}

TEST_CASE("residency: a crash of one replica refuses nobody while another may serve") {
  scripted_fleet fleet(catalogue_of(10, {{"embed", warm, 2, 2}}));
  fleet.ask(1, 0);
  CHECK(fleet.crashed(0, true).empty());
  CHECK(fleet.ready(1) == "grant waiter 1 instance 1");
  CHECK(fleet.crashed(1).empty());
  CHECK(fleet.ask(2, 0) == "start instance 1");
  CHECK(fleet.crashed(1).starts_with("refuse waiter 2"));
}

TEST_CASE(
    "residency: requests behind a closing gate have their role started again when it crashes") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  fleet.ask(2, 1);
  fleet.later(15s);
  fleet.ask(3, 0);
  CHECK(fleet.crashed(0) == "start instance 1");
  fleet.use[0].leases = 0;
  fleet.ready(1);
  fleet.done(1);
  CHECK(fleet.exited(1) == "start instance 0");
  CHECK(fleet.ready(0) == "grant waiter 3 instance 0");
}

TEST_CASE("residency: an instance that is told to stop while it comes back is told again") {
  scripted_fleet fleet(catalogue_of(10, {{"chat", hot, 6}}));
  fleet.launched();
  fleet.ready(0);
  CHECK(fleet.after(operator_unload{0}) == "stop instance 0 (operator)");
  CHECK(fleet.after(instance_exited{0, false, true, "crashed: signal 9"}) ==
        "stop instance 0 (operator)");
  CHECK(fleet.plan.reserved() == 6);
  CHECK(fleet.exited(0).empty());
  CHECK(fleet.plan.reserved() == 0);
}

TEST_CASE(
    "residency: a HOT role that was killed for its memory makes room for what it needs by now") {
  scripted_fleet fleet(catalogue_of(10, {{"chat", hot, 4}, {"a", warm, 4}}));
  fleet.launched();
  fleet.ready(0);
  fleet.load(1, 1);
  CHECK(fleet.after(instance_exited{0, false, true, "crashed: out of memory"}).empty());
  CHECK(fleet.after(footprint_changed{0, 7}).starts_with("evict instance 1"));
  CHECK(fleet.after(instance_wanted{0}).empty());  // not before the victim has left
  CHECK(fleet.exited(1) == "start instance 0");
  CHECK(fleet.plan.reserved() == 7);
}

TEST_CASE("residency: a HOT role that can never fit any more is not started, and says so") {
  scripted_fleet fleet(catalogue_of(10, {{"chat", hot, 6}}));
  fleet.launched();
  fleet.ready(0);
  fleet.after(instance_exited{0, false, true, "crashed: out of memory"});
  fleet.after(footprint_changed{0, 11});
  CHECK(fleet.after(instance_wanted{0}).empty());
  CHECK(fleet.state(0) == "absent");
  CHECK(fleet.plan.reserved() == 0);
  REQUIRE(fleet.plan.never_fits(0));
}

TEST_CASE("residency: a failed HOT role is tried again when it has cooled down") {
  scripted_fleet fleet(catalogue_of(10, {{"chat", hot, 6}}));
  fleet.launched();
  fleet.crashed(0, true);
  CHECK(fleet.state(0) == "failed");
  CHECK(fleet.after(instance_wanted{0}) == "start instance 0");
}

TEST_CASE("residency: an instance that was told to stop in its backoff is not wanted") {
  scripted_fleet fleet(catalogue_of(10, {{"chat", hot, 6}}));
  fleet.launched();
  fleet.ready(0);
  fleet.after(instance_exited{0, false, true, "crashed: out of memory"});
  CHECK(fleet.after(operator_unload{0}) == "stop instance 0 (operator)");
  CHECK(fleet.after(instance_wanted{0}).empty());
  CHECK(fleet.state(0) == "absent");
}

TEST_CASE("residency: events of a process that is gone change nothing") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  for (const event& late :
       {event{instance_exited{0}}, event{instance_became_ready{0}}, event{instance_restarting{0}},
        event{instance_idle{0}}, event{eviction_failed{0}}, event{waiter_withdrawn{7}}}) {
    CHECK(fleet.after(late).empty());
    CHECK(fleet.state(0) == "absent");
  }
}

}  // namespace rolecall::residency::tests
