#include "orchestrator/residency/planner.hpp"
#include "orchestrator/residency/refusals.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

// The registry has changed: who stays, who leaves, who comes.

namespace rolecall::residency {

namespace {

void continues(const catalogue& next, const catalogue& present, const ledger& rows) {
  const auto reject = [](const std::string& what) {
    throw std::invalid_argument("cannot reconfigure residency: " + what);
  };
  if (next.roles.size() < present.roles.size() || next.instances.size() < present.instances.size())
    reject("roles or instances are missing");
  for (role_id role = 0; role < present.roles.size(); ++role)
    if (next.roles[role].name != present.roles[role].name)
      reject("role " + present.roles[role].name + " has become " + next.roles[role].name);
  for (instance_id id = 0; id < present.instances.size(); ++id) {
    const bool comes_back = present.instances[id].retired && !next.instances[id].retired;
    if (comes_back && is_reserved(rows.state(id)))
      reject("the place of instance " + present.instances[id].name + " is not free");
  }
}

}  // namespace

std::vector<action> planner::reconfigure(catalogue next, time_point now,
                                         const std::vector<activity>& use, bool force) {
  next = checked(std::move(next));
  continues(next, known_, ledger_);
  const auto before = known_;
  std::vector<bool> is_new(next.instances.size(), true);
  for (instance_id id = 0; id < before.instances.size(); ++id)
    is_new[id] = before.instances[id].retired && !next.instances[id].retired;

  ledger_.reconfigure(std::move(next));
  paces_.resize(known_.roles.size());
  notes_.resize(known_.instances.size());
  demands_.resize(known_.instances.size());
  affordable_.clear();
  for (role_id role = 0; role < known_.roles.size(); ++role)
    affordable_.push_back(known_.affordable(role));
  for (instance_id id = 0; id < ledger_.size(); ++id)
    if (is_new[id]) {
      ledger_.reset(id);
      notes_[id] = {};
      demands_[id].reset();
    }
  if (!shutting_down_) demand_new_instances(before, is_new, now);

  scene s{now, use, std::vector<std::size_t>(known_.roles.size(), 0), {}};
  refuse_removed_waiters(s);
  waiting_.redirect([this](role_id role) { return known_.serving_role(role); });
  for (instance_id id = 0; id < ledger_.size(); ++id) {
    if (!known_.instances[id].retired) continue;
    demands_[id].reset();
    ledger_.pin(id, false);
    if (!shutting_down_) unload_instance(id, force, s);
  }
  settle(s);
  seen_ = now;
  return std::move(s.out);
}

void planner::refuse_removed_waiters(scene& s) {
  for (const auto& w :
       waiting_.take_if([this](const waiter& w) { return known_.roles[w.role].retired; }))
    s.out.emplace_back(refuse{w.id, refuse_removed(known_.roles[w.role].name)});
}

// A pin is its role's, whichever instances that has: a pinned role that was in memory comes back.
void planner::demand_new_instances(const catalogue& before, const std::vector<bool>& is_new,
                                   time_point now) {
  for (role_id role = 0; role < known_.roles.size(); ++role) {
    const auto& present = known_.roles[role];
    if (present.retired || known_.serving_role(role) != role) continue;
    bool was_pinned = false;
    bool was_held = false;
    bool was_hot = false;
    if (role < before.roles.size() && !before.roles[role].retired) {
      was_hot = before.roles[role].tier == registry::tier::hot;
      for (const auto id : before.roles[role].instances) {
        was_pinned = was_pinned || (!is_new[id] && ledger_.row(id).pinned);
        // Or was about to be: the reload before this one may still wait for its port.
        was_held = was_held || (!is_new[id] && (is_reserved(ledger_.state(id)) || demands_[id]));
      }
    }
    for (const auto id : present.instances) {
      if (was_pinned) ledger_.pin(id, true);
      const bool wanted =
          known_.is_hot(id) ? is_new[id] || !was_hot : is_new[id] && was_pinned && was_held;
      const bool affordable = is_affordable(id);
      if (wanted && affordable && !is_reserved(ledger_.state(id))) demands_[id] = demand{now, true};
      if (!affordable) demands_[id].reset();
    }
  }
}

bool planner::awaits_exit(instance_id instance) const {
  return std::ranges::any_of(known_.instances[instance].after, [this](instance_id before) {
    return is_reserved(ledger_.state(before));
  });
}

stop_reason planner::unload_reason(instance_id instance) const {
  return known_.instances[instance].retired ? stop_reason::reload : stop_reason::operator_request;
}

}  // namespace rolecall::residency
