#include "scripted_fleet.hpp"

#include <doctest/doctest.h>

// The registry has changed.

namespace rolecall::residency::tests {

namespace {

constexpr auto hot = registry::tier::hot;
constexpr auto warm = registry::tier::warm;

struct reloading_fleet : scripted_fleet {
  using scripted_fleet::scripted_fleet;

  std::string reload(const catalogue& next, bool force = false) {
    use.resize(next.instances.size());
    return noted(plan.reconfigure(next, now, use, force));
  }
  [[nodiscard]] catalogue known() const { return plan.known(); }
};

// Another process for the role's only instance, which it comes after.
instance_id replace(catalogue& known, role_id role) {
  const auto before = known.roles[role].instances.front();
  const auto after = static_cast<instance_id>(known.instances.size());
  known.instances.push_back(known.instances[before]);
  known.instances[before].retired = true;
  known.instances[after].after = {before};
  known.roles[role].instances = {after};
  return after;
}

void remove(catalogue& known, role_id role) {
  known.roles[role].retired = true;
  for (auto& instance : known.instances)
    if (instance.role == role) instance.retired = true;
}

}  // namespace

TEST_CASE("residency: a reload that changes nothing does nothing") {
  reloading_fleet fleet(catalogue_of(10, {{"a", hot, 4}, {"b", warm, 4}}));
  fleet.launched();
  fleet.ready(0);
  fleet.load(1, 1);
  CHECK(fleet.reload(fleet.known()).empty());
  CHECK(fleet.plan.reserved() == 8);
}

TEST_CASE("residency: a HOT role that changes is started again when its old process is gone") {
  reloading_fleet fleet(catalogue_of(10, {{"a", hot, 4}}));
  fleet.launched();
  fleet.ready(0);
  auto next = fleet.known();
  replace(next, 0);
  CHECK(fleet.reload(next) == "stop instance 0 (reload)");
  CHECK(fleet.plan.reserved() == 4);
  CHECK(fleet.exited(0) == "start instance 1");
  CHECK(fleet.plan.reserved() == 4);
}

TEST_CASE("residency: a changed role's leases end in their own time, and its waiters stay") {
  reloading_fleet fleet(catalogue_of(10, {{"a", warm, 4}}));
  CHECK(fleet.ask(1, 0) == "start instance 0");
  CHECK(fleet.ready(0) == "grant waiter 1 instance 0");
  auto next = fleet.known();
  replace(next, 0);
  CHECK(fleet.reload(next) == "close gate of instance 0");
  fleet.use[0].open = false;
  CHECK(fleet.ask(2, 0).empty());
  CHECK(fleet.later(3600s).find("start") == std::string::npos);
  CHECK(fleet.done(0) == "stop instance 0 (reload)");
}

TEST_CASE("residency: with force what leaves is stopped at once") {
  reloading_fleet fleet(catalogue_of(10, {{"a", warm, 4}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  auto next = fleet.known();
  remove(next, 0);
  CHECK(fleet.reload(next, true) == "stop instance 0 (reload)");
}

TEST_CASE("residency: a WARM role that changes stops and waits for a request") {
  reloading_fleet fleet(catalogue_of(10, {{"a", warm, 4}}));
  fleet.load(0, 0);
  auto next = fleet.known();
  replace(next, 0);
  CHECK(fleet.reload(next) == "stop instance 0 (reload)");
  CHECK(fleet.exited(0).empty());
  CHECK(fleet.ask(1, 0) == "start instance 1");
}

TEST_CASE("residency: a pin outlives a reload, and a pinned role in memory comes back") {
  reloading_fleet fleet(catalogue_of(10, {{"a", warm, 4}}));
  fleet.load(0, 0);
  fleet.after(operator_pin{0, true});
  auto next = fleet.known();
  replace(next, 0);
  fleet.reload(next);
  CHECK(fleet.exited(0) == "start instance 1");
  CHECK(fleet.plan.row(1).pinned);
  CHECK_FALSE(fleet.plan.row(0).pinned);
}

TEST_CASE("residency: a pinned role that waits for its port survives a second reload") {
  reloading_fleet fleet(catalogue_of(10, {{"a", warm, 4}}));
  fleet.load(0, 0);
  fleet.after(operator_pin{0, true});
  for (const instance_id newest : {1, 2}) {
    auto next = fleet.known();
    replace(next, 0);
    if (newest == 2) next.instances[newest].after = {0, 1};  // both had its port
    fleet.reload(next);
  }
  CHECK(fleet.exited(0) == "start instance 2");
  CHECK(fleet.plan.row(2).pinned);
}

TEST_CASE("residency: a launch does not start what waits for the port of a process that leaves") {
  reloading_fleet fleet(catalogue_of(10, {{"a", hot, 4}}));
  fleet.after(instance_adopted{0});
  fleet.ready(0);
  auto next = fleet.known();
  replace(next, 0);
  CHECK(fleet.reload(next) == "stop instance 0 (reload)");
  CHECK(fleet.launched().empty());
  CHECK(fleet.exited(0) == "start instance 1");
}

TEST_CASE("residency: a forced restart hurries the process of before a reload, and waiters stay") {
  reloading_fleet fleet(catalogue_of(10, {{"a", hot, 4}}));
  fleet.launched();
  fleet.ready(0);
  fleet.ask(1, 0);
  auto next = fleet.known();
  replace(next, 0);
  CHECK(fleet.reload(next) == "close gate of instance 0");
  fleet.use[0].open = false;
  CHECK(fleet.ask(2, 0).empty());
  CHECK(fleet.after(operator_unload{.role = 0, .force = true, .restart = true}) ==
        "stop instance 0 (reload)");
  CHECK(fleet.after(operator_load{0}).empty());
  CHECK(fleet.exited(0) == "start instance 1");
  CHECK(fleet.ready(1) == "grant waiter 2 instance 1");
}

TEST_CASE("residency: unloading a removed role leaves those alone that have its places by now") {
  reloading_fleet fleet(catalogue_of(10, {{"a", warm, 2, 2}}));
  fleet.after(operator_load{0});
  fleet.ready(0);
  fleet.ready(1);
  fleet.ask(1, 0);
  auto next = fleet.known();
  remove(next, 0);
  CHECK(fleet.reload(next) == "close gate of instance 0; stop instance 1 (reload)");
  fleet.exited(1);
  next = fleet.known();
  next.roles.push_back(catalogue_of(10, {{"b", warm, 2}}).roles[0]);
  next.roles[1].instances = {1};
  next.instances[1] = {.name = "b", .role = 1, .footprint = 2};
  fleet.reload(next);
  fleet.load(1, 1);
  CHECK(fleet.after(operator_unload{.role = 0, .force = true}) == "stop instance 0 (reload)");
  CHECK(fleet.state(1) == "ready");
}

TEST_CASE("residency: who waits for a removed role, or asks for it later, is told so") {
  reloading_fleet fleet(catalogue_of(10, {{"a", warm, 4}, {"b", warm, 4}}));
  fleet.ask(1, 0);
  auto next = fleet.known();
  remove(next, 0);
  const auto actions = fleet.reload(next);
  CHECK(actions.find("refuse waiter 1: cannot wait for role a any longer: it was removed") == 0);
  CHECK(actions.find("stop instance 0 (reload)") != std::string::npos);
  CHECK(fleet.ask(2, 0).find("removed from the registry") != std::string::npos);
}

TEST_CASE("residency: a new HOT role is loaded, and makes room for itself") {
  reloading_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.load(0, 0);
  auto next = fleet.known();
  const auto fresh = catalogue_of(10, {{"a", warm, 6}, {"b", hot, 6}});
  next.roles.push_back(fresh.roles[1]);
  next.instances.push_back(fresh.instances[1]);
  CHECK(fleet.reload(next).starts_with("evict instance 0 (evicted) to make room for b"));
  CHECK(fleet.exited(0) == "start instance 1");
}

TEST_CASE("residency: a smaller budget makes idle WARM roles leave") {
  reloading_fleet fleet(catalogue_of(10, {{"a", warm, 4}, {"b", warm, 4}}));
  fleet.load(0, 0);
  fleet.now += 1s;
  fleet.load(1, 1);
  auto next = fleet.known();
  next.budget = 5;
  CHECK(fleet.reload(next).starts_with("evict instance 0"));
}

TEST_CASE("residency: an instance takes the place of one that is gone as if it were new") {
  reloading_fleet fleet(catalogue_of(10, {{"a", warm, 4}, {"b", warm, 4}}));
  fleet.load(0, 0);
  auto next = fleet.known();
  remove(next, 0);
  fleet.reload(next);
  CHECK_THROWS_AS(fleet.reload(catalogue_of(10, {{"a", warm, 4}, {"b", warm, 4}})),
                  std::invalid_argument);
  fleet.exited(0);
  CHECK(fleet.reload(catalogue_of(10, {{"a", warm, 4}, {"b", warm, 4}})).empty());
  CHECK(fleet.ask(1, 0) == "start instance 0");
}

TEST_CASE("residency: a catalogue that forgets somebody is refused") {
  reloading_fleet fleet(catalogue_of(10, {{"a", warm, 4}, {"b", warm, 4}}));
  CHECK_THROWS_AS(fleet.reload(catalogue_of(10, {{"a", warm, 4}})), std::invalid_argument);
  CHECK_THROWS_AS(fleet.reload(catalogue_of(10, {{"b", warm, 4}, {"a", warm, 4}})),
                  std::invalid_argument);
}

}  // namespace rolecall::residency::tests
