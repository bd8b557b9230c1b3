#include "scripted_fleet.hpp"

#include <doctest/doctest.h>

namespace rolecall::residency::tests {

TEST_CASE("residency: an adopted instance is reserved, and not started again at the launch") {
  scripted_fleet fleet(catalogue_of(10_GiB, {{"hot", registry::tier::hot, 4_GiB},
                                             {"other", registry::tier::hot, 4_GiB},
                                             {"warm", registry::tier::warm, 4_GiB}}));
  CHECK(fleet.after(instance_adopted{0}) == "");
  CHECK(fleet.plan.reserved() == 4_GiB);
  CHECK(fleet.state(0) == "starting");
  CHECK(fleet.launched() == "start instance 1");
  CHECK(fleet.ready(0) == "");
  CHECK(fleet.state(0) == "ready");
  CHECK(fleet.ask(1, 0) == "grant waiter 1 instance 0");
}

TEST_CASE("residency: adopted instances are reserved above the budget, and idle WARM ones leave") {
  scripted_fleet fleet(catalogue_of(
      6_GiB, {{"hot", registry::tier::hot, 4_GiB}, {"warm", registry::tier::warm, 4_GiB}}));
  CHECK(fleet.after(instance_adopted{0}) == "");
  CHECK(fleet.after(instance_adopted{1}) == "");
  CHECK(fleet.plan.reserved() == 8_GiB);
  fleet.ready(0);
  CHECK(fleet.ready(1).starts_with("evict instance 1"));
}

TEST_CASE("residency: a HOT instance that was adopted to be stopped starts when it is gone") {
  scripted_fleet fleet(catalogue_of(
      6_GiB, {{"hot", registry::tier::hot, 4_GiB}, {"warm", registry::tier::warm, 4_GiB}}));
  CHECK(fleet.after(instance_adopted{0, true}) == "");
  CHECK(fleet.after(instance_adopted{1, true}) == "");
  CHECK(fleet.plan.reserved() == 8_GiB);
  CHECK(fleet.launched() == "");
  CHECK(fleet.exited(1) == "");
  CHECK(fleet.exited(0) == "start instance 0");
}

TEST_CASE(
    "residency: adopted WARM instances make way for a HOT one that has no room at the launch") {
  scripted_fleet fleet(catalogue_of(
      6_GiB, {{"hot", registry::tier::hot, 4_GiB}, {"warm", registry::tier::warm, 4_GiB}}));
  CHECK(fleet.after(instance_adopted{1}) == "");
  CHECK(fleet.launched() == "");
  CHECK(fleet.ready(1).starts_with("evict instance 1 (evicted) to make room for hot"));
  CHECK(fleet.exited(1) == "start instance 0");
}

TEST_CASE("residency: what was adopted and is idle already is evicted by the launch itself") {
  scripted_fleet fleet(catalogue_of(
      6_GiB, {{"hot", registry::tier::hot, 4_GiB}, {"warm", registry::tier::warm, 4_GiB}}));
  fleet.after(instance_adopted{1});
  fleet.ready(1);
  CHECK(fleet.launched().starts_with("evict instance 1 (evicted) to make room for hot"));
}

TEST_CASE("residency: a HOT role that never fits beside the others is not demanded by the launch") {
  scripted_fleet fleet(catalogue_of(
      6_GiB, {{"hot", registry::tier::hot, 4_GiB}, {"other", registry::tier::hot, 4_GiB}}));
  CHECK(fleet.launched() == "start instance 0");
  CHECK_FALSE(fleet.plan.is_demanded(1));
}

TEST_CASE("residency: how long a load takes is learned from the launch as from any other") {
  scripted_fleet fleet(catalogue_of(10_GiB, {{"hot", registry::tier::hot, 4_GiB}}));
  fleet.launched();
  fleet.now += 42s;
  fleet.ready(0);
  fleet.crashed(0);
  CHECK(fleet.plan.expected_wait(0, fleet.now) == 42s);
}

TEST_CASE("residency: how long a load takes is not learned from one that was adopted") {
  scripted_fleet fleet(catalogue_of(10_GiB, {{"warm", registry::tier::warm, 4_GiB}}));
  const auto expected = fleet.plan.expected_wait(0, fleet.now);
  fleet.after(instance_adopted{0});
  fleet.now += 300s;
  fleet.ready(0);
  fleet.crashed(0);
  CHECK(fleet.plan.expected_wait(0, fleet.now) == expected);
}

TEST_CASE("residency: leaving refuses who waits and whoever comes, and stops nothing") {
  scripted_fleet fleet(catalogue_of(
      6_GiB, {{"a", registry::tier::warm, 4_GiB}, {"b", registry::tier::warm, 4_GiB}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  CHECK(fleet.ask(2, 1) == "watch instance 0");
  CHECK(fleet.noted(fleet.plan.leave(fleet.now)).starts_with("refuse waiter 2"));
  CHECK(fleet.ask(3, 0).starts_with("refuse waiter 3"));
  CHECK(fleet.done(0) == "");
  CHECK(fleet.state(0) == "ready");
  CHECK(fleet.next_tick() == -1);
}

}  // namespace rolecall::residency::tests
