#include "scripted_fleet.hpp"

#include <doctest/doctest.h>

// What a load would do, without doing it.

namespace rolecall::residency::tests {

namespace {

constexpr auto hot = registry::tier::hot;
constexpr auto warm = registry::tier::warm;

std::vector<instance_id> victims(const load_plan& plan) {
  std::vector<instance_id> ids;
  for (const auto& v : plan.victims) ids.push_back(v.instance);
  return ids;
}

}  // namespace

TEST_CASE("load plan: what is ready or loading needs nothing") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}}));
  fleet.ask(1, 0);
  CHECK(fleet.load_of(0).decision == load_decision::loading);
  CHECK(fleet.load_of(0).verdict == "role a is loading already");
  fleet.ready(0);
  CHECK(fleet.load_of(0).decision == load_decision::ready);
  CHECK(fleet.load_of(0).needed() == 0);
}

TEST_CASE("load plan: what fits starts at once, and its bytes are told apart") {
  scripted_fleet fleet(catalogue_of(
      30_GiB, {{"a", warm, 2_GiB, 1, {0}}, {"b", warm, 3_GiB, 1, {0, 1}}}, {10_GiB, 1_GiB}));
  fleet.load(0, 0);
  const auto plan = fleet.load_of(1);
  CHECK(plan.decision == load_decision::start);
  CHECK(plan.private_bytes == 3_GiB);
  CHECK(plan.new_files == 1_GiB);
  CHECK(plan.held_files == 10_GiB);
  CHECK(plan.free == 18_GiB);
  CHECK(plan.verdict == "role b would start at once: it needs 4.0 GiB, 18.0 GiB are free");
}

TEST_CASE("load plan: victims are named in order, with what each of them frees") {
  scripted_fleet fleet(catalogue_of(
      14_GiB, {{"a", warm, 2_GiB, 1, {0}}, {"b", warm, 2_GiB, 1, {0}}, {"c", warm, 12_GiB}},
      {10_GiB}));
  fleet.load(0, 0);
  fleet.now += 10s;
  fleet.load(1, 1);
  fleet.now += 30s;
  const auto plan = fleet.load_of(2);
  CHECK(plan.decision == load_decision::evict);
  REQUIRE((victims(plan) == std::vector<instance_id>{0, 1}));
  CHECK(plan.victims[0] == load_plan::victim{0, true, 40s, 2_GiB, "idle for 40s, priority 0"});
  CHECK(plan.victims[1].freed == 12_GiB);
  CHECK(plan.verdict ==
        "role c would start when its idle victims have left: it needs 12.0 GiB, 0 B are free");
}

TEST_CASE("load plan: nothing is done by asking") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  fleet.load(0, 0);
  CHECK(fleet.load_of(1) == fleet.load_of(1));
  CHECK(fleet.later(60s).empty());
  CHECK(fleet.state(0) == "ready");
  CHECK(fleet.plan.reserved() == 6);
}

TEST_CASE("load plan: busy victims are waited for") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}}));
  fleet.ask(1, 0);
  fleet.ready(0);
  const auto plan = fleet.load_of(1);
  CHECK(plan.decision == load_decision::wait);
  REQUIRE((victims(plan) == std::vector<instance_id>{0}));
  CHECK_FALSE(plan.victims[0].at_once);
  CHECK(plan.victims[0].reason == "1 running, which end first, priority 0");
}

TEST_CASE("load plan: exits, older requests and pins are waited for") {
  scripted_fleet fleet(catalogue_of(10, {{"a", warm, 6}, {"b", warm, 6}, {"c", warm, 6}}));
  fleet.load(0, 0);
  fleet.after(operator_unload{0});
  CHECK(fleet.load_of(1).verdict ==
        "role b would start when the processes that are stopping have gone: it needs 6 B, 4 B are "
        "free");
  fleet.ask(1, 2);
  fleet.now += 1s;
  CHECK(fleet.load_of(1).verdict.starts_with("role b would start after roles that were asked"));
  CHECK(fleet.load_of(0).verdict == "role a has to wait: its process is still stopping");
  fleet.exited(0);
  fleet.ready(2);
  fleet.done(2);
  fleet.after(operator_pin{2});
  CHECK(fleet.load_of(1).verdict.starts_with("role b would start when pinned roles give way"));
  CHECK(fleet.load_of(1).decision == load_decision::wait);
}

TEST_CASE("load plan: what can never be loaded is told with the numbers") {
  scripted_fleet fleet(catalogue_of(10_GiB, {{"chat", hot, 6_GiB}, {"a", warm, 6_GiB}}));
  const auto plan = fleet.load_of(1);
  CHECK(plan.decision == load_decision::never);
  CHECK(plan.verdict == fleet.plan.never_fits(1)->message);
}

TEST_CASE("load plan: strangers in the host's memory are named") {
  scripted_fleet fleet(catalogue_of(10_GiB, {{"a", warm, 6_GiB}}));
  fleet.missing(2_GiB);
  const auto plan = fleet.load_of(0);
  CHECK(plan.decision == load_decision::pressure);
  CHECK(plan.verdict ==
        "role a has to wait: the host has 2.0 GiB less available memory than host.memory.floor "
        "asks for: something outside the fleet uses it");
  CHECK(plan.needed() == 6_GiB);
}

}  // namespace rolecall::residency::tests
