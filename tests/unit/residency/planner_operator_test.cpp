#include "scripted_fleet.hpp"

#include <doctest/doctest.h>

// What operators ask for, and the end of it all.

namespace rolecall::residency::tests {

namespace {

constexpr auto hot = registry::tier::hot;
constexpr auto warm = registry::tier::warm;

}  // namespace

TEST_CASE("residency: an operator's load starts every replica that is missing, and nothing twice") {
  scripted_fleet fleet(catalogue_of(10, {{"embed", warm, 2, 2}}));
  CHECK(fleet.after(operator_load{0}) == "start instance 0; start instance 1");
  CHECK(fleet.after(operator_load{0}).empty());
  fleet.ready(0);
  fleet.crashed(1);
  CHECK(fleet.after(operator_load{0}) == "start instance 1");
}

TEST_CASE("residency: an operator's load evicts, and waits like a request without a deadline") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  CHECK(fleet.after(operator_load{1}) == "watch instance 0");
  CHECK(fleet.later(15s) == "close gate of instance 0");
  CHECK(fleet.later(3600s).empty());
  CHECK(fleet.done(0).starts_with("evict instance 0 (evicted) to make room for b"));
  CHECK(fleet.exited(0) == "start instance 1");
}

TEST_CASE(
    "residency: an operator's load of a role that is being evicted brings it back afterwards") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  fleet.load(0, 0);
  fleet.ask(1, 1);
  fleet.now += 1s;
  CHECK(fleet.after(operator_load{0}).empty());
  CHECK(fleet.exited(0) == "start instance 1");
  CHECK(fleet.ready(1) == "grant waiter 1 instance 1; watch instance 1");
  CHECK(fleet.done(1).starts_with("evict instance 1"));
  CHECK(fleet.exited(1) == "start instance 0");
}

TEST_CASE("residency: a load that crashes is not what the operator wants any more") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.after(operator_load{0});
  CHECK(fleet.crashed(0).empty());
  CHECK(fleet.later(60s).empty());
}

TEST_CASE(
    "residency: an idle role is unloaded at once, HOT too, and stays away until somebody asks") {
  scripted_fleet fleet(catalogue_of(10, {{"chat", hot, 6}}));
  fleet.launched();
  fleet.ready(0);
  CHECK(fleet.after(operator_unload{0}) == "stop instance 0 (operator)");
  CHECK(fleet.exited(0).empty());
  CHECK(fleet.later(600s).empty());
  CHECK(fleet.ask(1, 0) == "start instance 0");
}

TEST_CASE("residency: a busy role is unloaded when its last request has ended") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  CHECK(fleet.after(operator_unload{0}) == "close gate of instance 0");
  CHECK(fleet.later(3600s).empty());
  fleet.ask(2, 0, 10s);
  CHECK(fleet.later(10s) ==
        "refuse waiter 2: cannot admit a request to role a within 10s: an operator unloads it; try "
        "again in 1s");
  CHECK(fleet.after(instance_idle{0}) == "watch instance 0");  // late: it is busy
  CHECK(fleet.done(0) == "stop instance 0 (operator)");
}

TEST_CASE("residency: force stops a busy role at once, also one that is being unloaded gently") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  CHECK(fleet.after(operator_unload{0}) == "close gate of instance 0");
  CHECK(fleet.after(operator_unload{0, true}) == "stop instance 0 (operator)");
}

TEST_CASE("residency: loading a role that is being unloaded gently keeps it") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  fleet.after(operator_unload{0});
  fleet.ask(2, 0);
  CHECK(fleet.after(operator_load{0}) == "open gate of instance 0; grant waiter 2 instance 0");
}

TEST_CASE("residency: unloading stops a load and refuses who waits for it, a restart does not") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.ask(1, 0);
  CHECK(fleet.after(operator_unload{0}) ==
        "stop instance 0 (operator); refuse waiter 1: cannot wait for role a any longer: an "
        "operator unloaded it; "
        "ask again to load it");
  fleet.exited(0);
  fleet.ask(2, 0);
  CHECK(fleet.after(operator_unload{.role = 0, .restart = true}) == "stop instance 0 (operator)");
  CHECK(fleet.exited(0) == "start instance 0");
  CHECK(fleet.ready(0) == "grant waiter 2 instance 0");
}

TEST_CASE("residency: an unload is not forgotten when an eviction under way fails") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  fleet.load(0, 0);
  fleet.ask(1, 1);
  fleet.after(operator_unload{0});
  fleet.use[0].leases = 1;
  CHECK(fleet.after(eviction_failed{0}) == "close gate of instance 0");
  CHECK(fleet.done(0) == "stop instance 0 (operator)");
}

TEST_CASE("residency: memory that an unload will free is not made by evicting") {
  scripted_fleet fleet(catalogue_of(12, {{"a", warm, 6}, {"b", warm, 6}, {"c", warm, 6}}));
  fleet.load(0, 0);
  fleet.now += 1s;
  fleet.load(1, 1);
  fleet.after(operator_unload{0});
  CHECK(fleet.ask(1, 2).empty());
  CHECK(fleet.exited(0) == "start instance 2");
}

TEST_CASE("residency: a pin outlives unloading") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.after(operator_pin{0});
  CHECK(fleet.plan.row(0).pinned);
  fleet.load(0, 0);
  fleet.after(operator_unload{0});
  fleet.exited(0);
  CHECK(fleet.plan.row(0).pinned);
}

TEST_CASE("residency: shutting down refuses everybody and stops in reverse order") {
  scripted_fleet fleet(catalogue_of(20, {{"chat", hot, 6}, {"a", warm, 6}, {"b", warm, 6}}));
  fleet.launched();
  fleet.ready(0);
  fleet.load(1, 1);
  fleet.ask(1, 2);
  CHECK(fleet.noted(fleet.plan.shut_down(fleet.now)) ==
        "refuse waiter 1: cannot admit requests: rolecalld is shutting down; stop instance 2 "
        "(shutdown); "
        "stop instance 1 (shutdown); stop instance 0 (shutdown)");
  CHECK(fleet.ask(2, 1) == "refuse waiter 2: cannot admit requests: rolecalld is shutting down");
  CHECK(fleet.after(operator_load{1}).empty());
  for (instance_id id = 0; id < 3; ++id) CHECK(fleet.exited(id).empty());
  CHECK(fleet.plan.reserved() == 0);
  CHECK(fleet.next_tick() == -1);
}

TEST_CASE("residency: an eviction that fails while shutting down becomes a stop") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  fleet.load(0, 0);
  fleet.ask(1, 1);
  fleet.noted(fleet.plan.shut_down(fleet.now));
  fleet.use[0].leases = 1;
  CHECK(fleet.after(eviction_failed{0}) == "stop instance 0 (shutdown)");
}

}  // namespace rolecall::residency::tests
