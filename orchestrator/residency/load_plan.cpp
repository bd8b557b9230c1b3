#include "orchestrator/residency/load_plan.hpp"

#include "orchestrator/residency/planner.hpp"
#include "orchestrator/residency/refusals.hpp"
#include "registry/quantities.hpp"

#include <algorithm>

namespace rolecall::residency {

using registry::format_bytes;

namespace {

load_decision decision_of(provision how) {
  switch (how) {
    case provision::start:
      return load_decision::start;
    case provision::evict:
      return load_decision::evict;
    case provision::await_exits:
    case provision::take_turns:
    case provision::queue:
    case provision::obstructed:
    case provision::forgo:
      return load_decision::wait;
  }
  return load_decision::wait;
}

// What is waited for, after "it would start ".
const char* condition(provision how) {
  switch (how) {
    case provision::start:
      return "at once";
    case provision::evict:
      return "when its idle victims have left";
    case provision::await_exits:
      return "when the processes that are stopping have gone";
    case provision::take_turns:
      return "when its victims have become idle and left";
    case provision::queue:
      return "after roles that were asked for earlier";
    case provision::obstructed:
      return "when pinned roles give way: unpin one of them";
    case provision::forgo:
      return "when somebody has become idle";
  }
  return "";
}

std::string reason_of(const candidate& c, const activity& use, std::chrono::seconds idle) {
  const auto priority = ", priority " + std::to_string(c.priority);
  switch (c.cost) {
    case reluctance::closing:
      return "its gate is closed: it gives way already" + priority;
    case reluctance::idle:
      return "idle for " + registry::format_duration(idle) + priority;
    case reluctance::busy:
      return std::to_string(use.leases) + " running, which end first" + priority;
    case reluctance::loading:
      return "loading, and serves who waits for it first" + priority;
  }
  return priority;
}

}  // namespace

const char* to_string(load_decision decision) noexcept {
  switch (decision) {
    case load_decision::ready:
      return "ready";
    case load_decision::loading:
      return "loading";
    case load_decision::start:
      return "start";
    case load_decision::evict:
      return "evict";
    case load_decision::wait:
      return "wait";
    case load_decision::pressure:
      return "pressure";
    case load_decision::never:
      return "never";
  }
  return "";
}

load_plan planner::plan_load(role_id role, time_point now, const std::vector<activity>& use) const {
  auto plan = plan_missing(role, use);
  if (plan.decision != load_decision::start) return plan;

  auto wanted = demands_;
  demand_by_operator(wanted, role, now);
  auto staying = ledger_.staying();
  auto slowest = provision::start;
  for (const auto& d : make_room(needs(wanted), candidates(now, use), ledger_)) {
    const bool is_for_role = d.wanted.role == known_.serving_role(role);
    if (is_for_role) slowest = std::max(slowest, d.how);
    for (const auto& c : d.victims) {
      const auto idle = std::chrono::duration_cast<std::chrono::seconds>(now - c.last_used);
      if (is_for_role)
        plan.victims.push_back({c.instance, d.how == provision::evict, idle,
                                staying.freed_by(c.instance), reason_of(c, use[c.instance], idle)});
      staying.remove(c.instance);
    }
  }
  if (std::ranges::any_of(affordable_[role], [this](auto id) { return awaits_exit(id); }))
    slowest = std::max(slowest, provision::await_exits);
  plan.decision = decision_of(slowest);
  plan.verdict = "role " + known_.roles[role].name + " would start " + condition(slowest) +
                 ": it needs " + format_bytes(plan.needed()) + ", " + format_bytes(plan.free) +
                 " are free";
  return plan;
}

// The bytes of what is missing, and the answers for which no memory has to be divided. `start`
// stands for all others.
load_plan planner::plan_missing(role_id role, const std::vector<activity>& use) const {
  const auto serving = known_.serving_role(role);
  load_plan plan;
  plan.free = ledger_.free();
  bool up = true;
  bool wanting = false;
  auto held = ledger_.everybody();
  for (const auto id : affordable_[role]) {
    const auto state = ledger_.state(id);
    up = up && is_reserved(state) && state != presence::closing && state != presence::stopping;
    if (is_reserved(state)) continue;
    wanting = true;
    const auto footprint = known_.instances[id].footprint;
    const auto added = held.added_by(id);
    plan.private_bytes += footprint;
    plan.new_files += added - footprint;
    plan.held_files += known_.bytes_of(id) - added;
    held.add(id);
  }

  const auto name = "role " + known_.roles[role].name;
  const auto answer = [&](load_decision decision, std::string verdict) {
    plan.decision = decision;
    plan.verdict = std::move(verdict);
  };
  if (affordable_[role].empty() && !is_up(serving))
    answer(load_decision::never, never_fits(role)->message);
  else if (up && (any_in(serving, presence::starting) || any_in(serving, presence::backoff)))
    answer(load_decision::loading, name + " is loading already");
  else if (up)
    answer(load_decision::ready, name + " is ready");
  else if (!wanting)
    answer(load_decision::wait, name + " has to wait: " + obstacle(serving, use));
  else if (missing_ > 0)
    answer(load_decision::pressure, name + " has to wait: " + describe_missing(missing_));
  else
    plan.decision = load_decision::start;
  return plan;
}

}  // namespace rolecall::residency
