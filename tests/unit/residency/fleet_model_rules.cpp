#include "fleet_model.hpp"

#include <algorithm>
#include <set>
#include <utility>

// The rules.

namespace rolecall::residency::tests {

template <class Predicate>
byte_count fleet_model::bytes_where(Predicate counts) const {
  byte_count sum = 0;
  std::set<file_id> files;
  for (instance_id id = 0; id < known_.instances.size(); ++id) {
    if (!counts(id)) continue;
    sum += known_.instances[id].footprint;
    files.insert(known_.instances[id].files.begin(), known_.instances[id].files.end());
  }
  for (const auto file : files) sum += known_.files[file].bytes;
  return sum;
}

bool fleet_model::stays(instance_id instance) const {
  const auto state = planner_.row(instance).state;
  return is_reserved(state) && state != presence::stopping;
}

bool fleet_model::is_movable(instance_id instance) const {
  const auto state = planner_.row(instance).state;
  return (state == presence::ready || state == presence::closing) && !known_.is_hot(instance) &&
         !planner_.row(instance).pinned;
}

// `cause` is null for the launch.
void fleet_model::check_step(const event* cause) {
  const auto reserved =
      bytes_where([&](instance_id id) { return is_reserved(planner_.row(id).state); });
  expect(planner_.reserved() == reserved,
         "reservations are what is resident, and every file of it once");
  const bool measured = cause != nullptr && std::holds_alternative<footprint_changed>(*cause);
  expect(reserved <= known_.budget || reserved <= reserved_ || measured,
         "reserved memory exceeds the budget only by what was measured");
  reserved_ = reserved;
}

// The load that was foretold has happened.
void fleet_model::check_foretold(const std::vector<action>& actions) {
  const auto [role, plan] = *std::exchange(foretold_, std::nullopt);
  const auto serving = known_.serving_role(role);
  const auto purpose = "to make room for " + known_.roles[serving].name + " ";
  std::vector<instance_id> evicted;
  bool started = false;
  for (const auto& a : actions) {
    if (const auto* e = std::get_if<evict>(&a); e != nullptr && e->detail.starts_with(purpose))
      evicted.push_back(e->instance);
    if (const auto* s = std::get_if<start>(&a))
      started = started || known_.instances[s->instance].role == serving;
  }
  std::vector<instance_id> victims;
  for (const auto& victim : plan.victims)
    if (victim.at_once) victims.push_back(victim.instance);
  expect(evicted == victims, "a load evicts who was foretold, in that order");
  expect(started || plan.decision != load_decision::start, "a load starts when that was foretold");
  expect(!evicted.empty() || plan.decision != load_decision::evict,
         "a load evicts when that was foretold");
  expect(!started ||
             (plan.decision != load_decision::never && plan.decision != load_decision::pressure &&
              plan.decision != load_decision::ready),
         "a load starts nothing when that was foretold");
}

// A reading of the host's memory has been answered.
void fleet_model::check_pressure(const std::vector<action>& actions) const {
  const auto leaving_without = [&](const evict* spared) {
    return planner_.reserved() - bytes_where([&](instance_id id) {
             return stays(id) || (spared != nullptr && id == spared->instance);
           });
  };
  for (const auto& a : actions) {
    const auto* e = std::get_if<evict>(&a);
    if (e == nullptr || e->reason != stop_reason::pressure) continue;
    expect(leaving_without(e) < missing_, "nobody leaves for strangers who does not have to");
  }
  const auto wanted = std::min(missing_, planner_.reserved());  // more than everything cannot leave
  if (shutting_down_ || leaving_without(nullptr) >= wanted) return;
  for (instance_id id = 0; id < known_.instances.size(); ++id)
    expect(!is_movable(id) || seen_[id].leases > 0,
           "while strangers hold the host's memory whoever is idle and may leave does");
}

// Rules that hold when every event has been answered.
void fleet_model::check_rest() const {
  for (instance_id id = 0; id < known_.instances.size(); ++id)
    expect(is_reserved(planner_.row(id).state) == (processes_[id] != process::none),
           "what has a process is reserved, and nothing else");
  std::size_t waiting = 0;
  for (role_id role = 0; role < known_.roles.size(); ++role) {
    waiting += planner_.waiting(role);
    expect(std::cmp_less_equal(planner_.waiting(role), known_.roles[role].queue.limit),
           "queues keep their limits");
  }
  expect(waiting == waiters_.size(), "the planner knows exactly those who wait");
  for (const auto& [id, asked] : waiters_)
    expect(!open_instance(asked.role), "nobody waits for a role whose gate is open");
  const auto staying = bytes_where([&](instance_id id) { return stays(id); });
  for (instance_id id = 0; id < known_.instances.size() && staying > known_.budget; ++id)
    expect(shutting_down_ || !is_movable(id) || gates_[id].leases() > 0,
           "above the budget whoever is idle and may leave does");
  const auto next = planner_.next_tick(activity_now());
  expect(!next || *next > now_ || steps_ == 0, "ticks lie ahead");
}

}  // namespace rolecall::residency::tests
