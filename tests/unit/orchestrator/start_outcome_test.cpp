#include "orchestrator/start_outcome.hpp"

#include <doctest/doctest.h>

using namespace rolecall;

namespace {

admin::role_status role(std::string name, std::string tier,
                        std::vector<std::pair<std::string, std::string>> instances) {
  admin::role_status status;
  status.name = std::move(name);
  status.tier = std::move(tier);
  for (const auto& [state, reason] : instances) {
    admin::instance_status instance;
    instance.name = status.name + '-' + std::to_string(status.instances.size() + 1);
    instance.state = state;
    instance.reason = reason;
    status.instances.push_back(std::move(instance));
  }
  return status;
}

start_outcome outcome_of_roles(std::vector<admin::role_status> roles) {
  admin::fleet_status status;
  status.roles = std::move(roles);
  return outcome_of(status);
}

}  // namespace

TEST_CASE("start: it is settled when every HOT role is ready; WARM ones do not count") {
  const auto outcome =
      outcome_of_roles({role("a", "hot", {{"ready", ""}, {"ready", ""}}),
                        role("b", "hot", {{"ready", ""}}), role("c", "warm", {{"starting", ""}})});
  CHECK(outcome == start_outcome{.ready = 2, .trouble = {}, .is_settled = true});
  CHECK(outcome_of_roles({}) == start_outcome{.ready = 0, .trouble = {}, .is_settled = true});
}

TEST_CASE("start: it is not settled while an instance may become ready by itself") {
  for (const std::string state : {"stopped", "starting", "draining", "stopping", "backoff"}) {
    CAPTURE(state);
    const auto outcome = outcome_of_roles(
        {role("a", "hot", {{"ready", ""}, {state, ""}}), role("b", "hot", {{"ready", ""}})});
    CHECK_FALSE(outcome.is_settled);
    CHECK(outcome.ready == 1);
  }
  CHECK_FALSE(outcome_of_roles({role("a", "hot", {{"failed", "x"}, {"starting", ""}})}).is_settled);
}

TEST_CASE("start: a role that was given up is named with its reason, less the engine's log") {
  const auto outcome =
      outcome_of_roles({role("a", "hot", {{"failed", "crashed: signal 9\nlast words"}}),
                        role("b", "hot", {{"ready", ""}, {"failed", "no file"}}),
                        role("c", "hot", {{"ready", ""}})});
  CHECK(outcome ==
        start_outcome{.ready = 1,
                      .trouble = {"a: failed (crashed: signal 9)", "b: failed b-2 (no file)"},
                      .is_settled = true});
}
