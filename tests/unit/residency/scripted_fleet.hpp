#pragma once

#include "orchestrator/residency/planner.hpp"

#include <string>
#include <utility>
#include <vector>

namespace rolecall::residency::tests {

using namespace std::chrono_literals;

constexpr byte_count operator""_GiB(unsigned long long n) { return n << 30; }

/// A role with instances of its own, for catalogue_of().
struct role_of {
  std::string name;
  registry::tier tier = registry::tier::warm;
  byte_count footprint = 0;
  int replicas = 1;
  std::vector<file_id> files{};
  std::uint32_t capacity = gate::unlimited;
};

/// `files`: their sizes.
inline catalogue catalogue_of(byte_count budget, const std::vector<role_of>& roles,
                              const std::vector<byte_count>& files = {}) {
  catalogue known;
  known.budget = budget;
  for (const auto bytes : files)
    known.files.push_back({"f" + std::to_string(known.files.size()), bytes});
  for (const auto& r : roles) {
    catalogue::role role;
    role.name = r.name;
    role.tier = r.tier;
    for (int i = 0; i < r.replicas; ++i) {
      role.instances.push_back(static_cast<instance_id>(known.instances.size()));
      known.instances.push_back({r.replicas == 1 ? r.name : r.name + "-" + std::to_string(i + 1),
                                 static_cast<role_id>(known.roles.size()), r.footprint, r.files,
                                 r.capacity});
    }
    known.roles.push_back(std::move(role));
  }
  return known;
}

inline std::string text_of(const std::vector<action>& actions) {
  std::string text;
  for (const auto& a : actions) text += (text.empty() ? "" : "; ") + to_string(a);
  return text;
}

/// A planner and what its surroundings would tell it, for tests that script event after event.
/// Every call returns the actions as text. Leases follow the grants, each as one of a slot;
/// processes do only what the test says.
class scripted_fleet {
 public:
  explicit scripted_fleet(catalogue known) : use(known.instances.size()), plan(std::move(known)) {}

  std::string after(const event& e) { return noted(plan.step(e, now, use)); }
  std::string launched() { return noted(plan.launch(now, use)); }
  std::string ask(waiter_id waiter, role_id role, std::chrono::seconds deadline = 600s) {
    return after(lease_requested{waiter, role, now + deadline});
  }
  std::string ask_for(waiter_id waiter, role_id role, request_priority priority,
                      lease_kind kind = lease_kind::slot) {
    return after(lease_requested{waiter, role, now + 600s, kind, priority});
  }
  std::string ready(instance_id instance) {
    use[instance].open = true;
    return after(instance_became_ready{instance});
  }
  std::string exited(instance_id instance) { return after(instance_exited{instance}); }
  std::string crashed(instance_id instance, bool failed = false) {
    return after(instance_exited{instance, failed, false, "crashed: signal 9"});
  }
  std::string later(std::chrono::seconds by) {
    now += by;
    return after(tick{});
  }
  /// A lease ends; the planner hears of it if it was the last one, or somebody waits.
  std::string done(instance_id instance) {
    use[instance].last_used = now;
    --use[instance].slots_taken;
    if (--use[instance].leases == 0) return after(instance_idle{instance});
    return plan.is_waited_for(instance) ? after(slot_freed{instance}) : std::string{};
  }
  /// Asks for the role and makes it ready and idle again.
  void load(role_id role, instance_id instance) {
    ask(1000 + instance, role);
    ready(instance);
    done(instance);
  }
  std::string measured(instance_id instance, byte_count footprint) {
    return after(footprint_changed{instance, footprint});
  }
  std::string missing(byte_count bytes) { return after(host_memory{bytes}); }
  [[nodiscard]] load_plan load_of(role_id role) const { return plan.plan_load(role, now, use); }
  [[nodiscard]] std::string state(instance_id instance) const {
    return to_string(plan.row(instance).state);
  }
  /// Seconds until the next tick; −1 for none.
  [[nodiscard]] long next_tick() const {
    const auto next = plan.next_tick(use);
    return next ? static_cast<long>(
                      std::chrono::duration_cast<std::chrono::seconds>(*next - now).count())
                : -1;
  }

  std::string noted(const std::vector<action>& actions) {
    for (const auto& a : actions)
      if (const auto* granted = std::get_if<grant>(&a)) {
        ++use[granted->instance].leases;
        ++use[granted->instance].slots_taken;
        use[granted->instance].last_used = now;
      }
    return text_of(actions);
  }

  time_point now{1h};
  std::vector<activity> use;
  planner plan;
};

}  // namespace rolecall::residency::tests
