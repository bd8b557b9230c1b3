#pragma once

#include "orchestrator/admin/status.hpp"
#include "tools/rolectl/top_state.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rolecall::test {

// What the tests of `rolectl top` show and press.

[[nodiscard]] inline admin::role_status top_role(std::string name, std::string state) {
  constexpr std::uint64_t gib = 1ULL << 30;
  admin::role_status role;
  role.name = std::move(name);
  role.model = "qwen3-coder-30b-a3b";
  role.quant = "Q4_K_M";
  role.tier = "warm";
  auto& instance = role.instances.emplace_back();
  instance.name = role.name;
  instance.state = std::move(state);
  instance.port = 8080;
  instance.since_seconds = 100;
  if (instance.state == "ready") {
    instance.reserved_bytes = 4 * gib;
    instance.memory = {.pss = 3 * gib, .anon = 0, .file = 0, .swapped = 0};
  }
  return role;
}

/// Of three roles: frontdoor is at work, architect stopped, vision failed.
[[nodiscard]] inline admin::fleet_status top_fleet() {
  constexpr std::uint64_t gib = 1ULL << 30;
  admin::fleet_status fleet;
  fleet.version = "0.1.0";
  fleet.engine = "llama-server 4512";
  fleet.uptime_seconds = 3600;
  fleet.memory_total = 64 * gib;
  fleet.budget = 32 * gib;
  fleet.reserved = 4 * gib;
  fleet.host.available = 48 * gib;
  fleet.roles = {top_role("frontdoor", "ready"), top_role("architect", "stopped"),
                 top_role("vision", "failed")};
  fleet.roles[0].in_flight = 2;
  fleet.roles[0].waiting = 1;
  fleet.roles[0].tokens_per_second = 20;
  fleet.roles[0].instances[0].leases = 2;
  fleet.roles[1].instances[0].reason = "evicted";
  fleet.roles[2].instances[0].reason = "crashed: signal 9 (SIGKILL)";
  return fleet;
}

/// Presses these characters, one after the other; the actions of the last.
inline std::vector<rolectl::top_action> press(rolectl::top_state& state, std::string_view keys) {
  std::vector<rolectl::top_action> actions;
  for (const char c : keys)
    actions = step(state, rolectl::key{rolectl::key::name::character, c}, state.now);
  return actions;
}

inline std::vector<rolectl::top_action> press(rolectl::top_state& state, rolectl::key::name what) {
  return step(state, rolectl::key{what, 0}, state.now);
}

/// A fleet that has answered once.
[[nodiscard]] inline rolectl::top_state top_start(admin::fleet_status fleet = top_fleet()) {
  rolectl::top_state state;
  (void)step(state, rolectl::top_snapshot{std::move(fleet)}, 0);
  return state;
}

}  // namespace rolecall::test
