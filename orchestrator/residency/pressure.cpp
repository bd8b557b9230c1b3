#include "orchestrator/residency/planner.hpp"
#include "orchestrator/residency/refusals.hpp"
#include "registry/quantities.hpp"

#include <algorithm>

// Less memory than was planned with: the fleet takes more than it was thought to, or strangers do.
// Idle WARM instances leave in the order of eviction. HOT and pinned ones stay, running requests
// end as they would; a crashed HOT instance restarts, because its reservation was never given up.
// Nothing else is started until there is room again.

namespace rolecall::residency {

using registry::format_bytes;

void planner::on(const footprint_changed& e, scene&) {
  ledger_.set_footprint(e.instance, e.footprint);
  for (role_id role = 0; role < known_.roles.size(); ++role) {
    affordable_[role] = known_.affordable(role);
    for (const auto id : known_.roles[role].instances)
      if (std::ranges::count(affordable_[role], id) == 0) demands_[id].reset();
  }
}

// Once per reading, and what is leaving already counts: a fleet does not go away for one bad
// moment.
void planner::on(const host_memory& e, scene& s) {
  missing_ = e.missing;
  if (missing_ == 0 || shutting_down_) return;
  const auto reserved = ledger_.reserved();
  let_go(reserved - std::min(reserved, missing_), stop_reason::pressure, describe_missing(missing_),
         s);
}

void planner::relieve_budget(scene& s) {
  const auto excess = [this] {
    return ledger_.staying().bytes() - std::min(ledger_.staying().bytes(), ledger_.budget());
  };
  if (excess() == 0) return;
  let_go(ledger_.budget(), stop_reason::evicted,
         "measured memory exceeds the budget by " + format_bytes(excess()), s);
  if (excess() > 0) watch_busy(candidates(s.now, s.use), s);
}

// Until those who stay hold at most `allowed` bytes, or nobody is idle.
void planner::let_go(byte_count allowed, stop_reason reason, const std::string& why, scene& s) {
  auto idle = candidates(s.now, s.use);
  std::erase_if(idle, [](const candidate& c) { return !c.idle; });
  const auto victims = choose_victims(idle, ledger_.staying(), allowed);
  for (const auto& victim : victims ? *victims : idle)
    evict_instance({victim.instance, reason, why}, s);
}

}  // namespace rolecall::residency
