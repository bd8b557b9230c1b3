#include "scripted_fleet.hpp"

#include <doctest/doctest.h>

// Roles that do not fit together: who has to give way, when, and to whom.

namespace rolecall::residency::tests {

namespace {

constexpr auto warm = registry::tier::warm;

// Two roles of which one fits; the first is ready and holds a lease that never ends by itself.
struct crowded : scripted_fleet {
  crowded() : scripted_fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}})) {
    ask(1, 0);
    ready(0);
  }
};

}  // namespace

TEST_CASE("residency: steady traffic on one role cannot starve another") {
  crowded fleet;
  CHECK(fleet.ask(2, 1) == "watch instance 0");
  CHECK(fleet.next_tick() == 15);
  CHECK(fleet.later(14s).empty());
  CHECK(fleet.later(1s) == "close gate of instance 0");
  CHECK(fleet.state(0) == "closing");
  CHECK(fleet.ask(3, 0).empty());  // a's traffic waits now
  CHECK(fleet.done(0).starts_with("evict instance 0 (evicted) to make room for b"));
  CHECK(fleet.exited(0) == "start instance 1");
  CHECK(fleet.ready(1) == "grant waiter 2 instance 1; watch instance 1");
}

TEST_CASE("residency: turns alternate, and each lasts for the patience if its traffic does") {
  crowded fleet;
  fleet.ask(2, 1);
  fleet.later(15s);
  fleet.ask(3, 0);
  fleet.done(0);
  fleet.exited(0);
  fleet.later(60s);  // a slow load: a's waiter is older than the patience when b is ready
  CHECK(fleet.ready(1) == "grant waiter 2 instance 1; watch instance 1");
  CHECK(fleet.next_tick() == 15);
  CHECK(fleet.later(14s).empty());
  CHECK(fleet.later(1s) == "close gate of instance 1");
  CHECK(fleet.done(1).starts_with("evict instance 1 (evicted) to make room for a"));
  CHECK(fleet.exited(1) == "start instance 0");
  CHECK(fleet.ready(0) == "grant waiter 3 instance 0");
}

TEST_CASE("residency: a role that became ready serves who waited for it before it has to leave") {
  crowded fleet;
  fleet.ask(2, 1);
  fleet.done(0);
  fleet.now += 1s;
  fleet.ask(3, 0);
  CHECK(fleet.exited(0) == "start instance 1");
  CHECK(fleet.ready(1) == "grant waiter 2 instance 1; watch instance 1");
  CHECK(fleet.done(1).starts_with("evict instance 1"));
}

TEST_CASE(
    "residency: a gate closed for a need that has gone is opened, and who waits behind it is "
    "granted") {
  crowded fleet;
  fleet.ask(2, 1);
  fleet.later(15s);
  fleet.ask(3, 0);
  CHECK(fleet.after(waiter_withdrawn{2}) == "open gate of instance 0; grant waiter 3 instance 0");
  CHECK(fleet.state(0) == "ready");
}

TEST_CASE("residency: pinning a closing role opens its gate") {
  crowded fleet;
  fleet.ask(2, 1);
  fleet.later(15s);
  CHECK(fleet.after(operator_pin{0}) == "open gate of instance 0");
  CHECK(fleet.after(operator_pin{0, false}) == "close gate of instance 0");
}

TEST_CASE("residency: an eviction of a closing role that came too late leaves it closing") {
  crowded fleet;
  fleet.ask(2, 1);
  fleet.later(15s);
  CHECK(fleet.done(0).starts_with("evict instance 0"));
  fleet.use[0].leases = 1;  // a refused caller, counted for a moment
  CHECK(fleet.after(eviction_failed{0}) == "watch instance 0");
  CHECK(fleet.state(0) == "closing");
  CHECK(fleet.done(0).starts_with("evict instance 0"));
}

TEST_CASE("residency: gates close together, and idle victims leave only when the busy ones can") {
  scripted_fleet fleet(
      catalogue_of(12, {{"a", warm, 4}, {"b", warm, 4}, {"c", warm, 4}, {"big", warm, 12}}));
  fleet.load(0, 0);
  fleet.ask(1, 1);
  fleet.ready(1);
  fleet.ask(2, 2);
  fleet.ready(2);
  CHECK(fleet.ask(3, 3) == "watch instance 1; watch instance 2");
  CHECK(fleet.later(15s) == "close gate of instance 1; close gate of instance 2");
  CHECK(fleet.done(1).empty());
  CHECK(fleet.state(0) == "ready");
  const auto evicted = fleet.done(2);
  for (const auto* each : {"evict instance 0", "evict instance 1", "evict instance 2"})
    CHECK(evicted.find(each) != std::string::npos);
}

TEST_CASE("residency: small roles do not keep a big one waiting for ever") {
  scripted_fleet fleet(catalogue_of(12, {{"a", warm, 8}, {"small", warm, 4}, {"big", warm, 12}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  CHECK(fleet.ask(2, 2) == "watch instance 0");
  fleet.now += 1s;
  CHECK(fleet.ask(3, 1).empty());  // would fit, but not beside what `big` waits for
  CHECK(fleet.done(0).starts_with("evict instance 0"));
  CHECK(fleet.exited(0) == "start instance 2");
  CHECK(fleet.ready(2) == "grant waiter 2 instance 2; watch instance 2");
  CHECK(fleet.done(2).starts_with("evict instance 2"));
  CHECK(fleet.exited(2) == "start instance 1");
}

TEST_CASE("residency: a small role starts beside a waiting big one when that is not delayed") {
  scripted_fleet fleet(catalogue_of(12, {{"a", warm, 8}, {"small", warm, 4}, {"big", warm, 7}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  CHECK(fleet.ask(2, 2) == "watch instance 0");
  fleet.now += 1s;
  CHECK(fleet.ask(3, 1) == "start instance 1");
  CHECK(fleet.done(0).starts_with("evict instance 0"));
  CHECK(fleet.exited(0) == "start instance 2");
}

TEST_CASE("residency: an instance that still loads is waited for, not stopped") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  CHECK(fleet.ask(1, 0) == "start instance 0");
  CHECK(fleet.ask(2, 1).empty());
  CHECK(fleet.later(100s).empty());
  CHECK(fleet.ready(0) == "grant waiter 1 instance 0; watch instance 0");
  CHECK(fleet.done(0).starts_with("evict instance 0"));
}

TEST_CASE(
    "residency: no gate is closed while another instance that has to leave is still loading") {
  scripted_fleet fleet(catalogue_of(12, {{"a", warm, 6}, {"b", warm, 6}, {"big", warm, 12}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  fleet.ask(2, 1);
  CHECK(fleet.ask(3, 2) == "watch instance 0");
  CHECK(fleet.later(60s).empty());
  CHECK(fleet.ready(1) == "grant waiter 2 instance 1; watch instance 1");
  CHECK(fleet.later(15s) == "close gate of instance 0; close gate of instance 1");
}

}  // namespace rolecall::residency::tests
