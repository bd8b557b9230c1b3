#include "orchestrator/residency/planner.hpp"

#include <algorithm>
#include <limits>
#include <tuple>

// Among whom memory is divided: who wants some, and who may have to give some back.

namespace rolecall::residency {

void planner::demand_by_operator(demands& list, role_id role, time_point now) const {
  for (const auto id : affordable_[role])
    if (!list[id] || !list[id]->by_operator) list[id] = demand{now, true};
}

std::vector<need> planner::needs(const demands& list) const {
  std::vector<need> unmet;
  for (instance_id id = 0; id < ledger_.size(); ++id) {
    if (!list[id] || is_reserved(ledger_.state(id)) || awaits_exit(id)) continue;
    const auto role = known_.instances[id].role;
    const bool first = !is_up(role) && std::ranges::count(unmet, role, &need::role) == 0;
    unmet.push_back({.instance = id,
                     .role = role,
                     .may_wait = first || list[id]->by_operator,
                     .may_evict = !list[id]->spare});
  }
  std::ranges::stable_sort(unmet, {}, [&](const need& n) {
    return std::tuple{list[n.instance]->spare, list[n.instance]->since};
  });
  return unmet;
}

// In the order of eviction.
std::vector<candidate> planner::candidates(time_point now, const std::vector<activity>& use) const {
  std::vector<candidate> list;
  for (instance_id id = 0; id < ledger_.size(); ++id) {
    if (!is_movable(id)) continue;
    const bool idle = use[id].leases == 0;
    const auto role = known_.instances[id].role;
    candidate c{.instance = id,
                .role = role,
                .idle = idle,
                .priority = known_.roles[role].priority,
                .last_used = last_used(id, use)};
    switch (ledger_.state(id)) {
      case presence::ready:
        c.cost = idle ? reluctance::idle : reluctance::busy;
        break;
      case presence::closing:
        c.cost = reluctance::closing;
        break;
      case presence::starting:
        c.cost = reluctance::loading;
        c.idle = false;
        break;
      case presence::absent:
      case presence::stopping:
      case presence::backoff:
      case presence::failed:
        continue;
    }
    c.worth = worth(id, now, c.last_used);
    list.push_back(c);
  }
  sort_for_eviction(list);
  return list;
}

// An instance whose load has not paid yet, because it was ready for less time than it loaded, is
// worth more than any other.
double planner::worth(instance_id instance, time_point now, time_point last_used) const {
  if (known_.eviction == registry::eviction_order::lru) return 0;
  const auto& notes = notes_[instance];
  const auto freed = ledger_.staying().freed_by(instance);
  const auto load_time = notes.load_time.value_or(estimated_load_time(freed));
  if (now - notes.ready_since < load_time) return std::numeric_limits<double>::infinity();
  return memory_worth(load_time, freed, now - last_used);
}

bool planner::is_movable(instance_id instance) const {
  return !known_.is_hot(instance) && !ledger_.row(instance).pinned;
}

bool planner::is_affordable(instance_id instance) const {
  return std::ranges::count(affordable_[known_.instances[instance].role], instance) > 0;
}

// A process that was never used counts from when it became ready, not from the clock's epoch.
time_point planner::last_used(instance_id instance, const std::vector<activity>& use) const {
  return std::max(use[instance].last_used, notes_[instance].ready_since);
}

}  // namespace rolecall::residency
