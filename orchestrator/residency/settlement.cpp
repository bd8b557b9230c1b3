#include "orchestrator/residency/planner.hpp"
#include "orchestrator/residency/refusals.hpp"
#include "registry/quantities.hpp"

#include <algorithm>

// What follows from the state after every event, in this order:
//
//   1. Whoever waits for a role with an open gate that has room is granted.
//   2. Whoever has waited to the deadline is refused, and who waits in vain by now.
//   3. What an operator unloads and is idle by now is stopped.
//   4. What has been idle for its role's idle_unload is stopped.
//   5. While more than the budget is reserved, idle WARM instances leave.
//   6. Roles that are waited for and have no process are demanded.
//   7. Memory is divided among the demands, oldest first: see make_room.
//   8. Gates that were closed for a demand that has gone are opened again,
//   9. and who waits for those is granted.
//  10. The pace of the queues is measured.
//
// Grants come before victims are chosen, so that a role serves who waited for it before it has to
// leave.

namespace rolecall::residency {

using registry::format_bytes;

namespace {

std::string whole_seconds(std::chrono::steady_clock::duration d) {
  return registry::format_duration(std::chrono::duration_cast<std::chrono::seconds>(d));
}

}  // namespace

void planner::settle(scene& s) {
  if (shutting_down_) return;
  grant_waiters(s);   // 1
  refuse_expired(s);  // 2
  refuse_vain_waiters(s);
  stop_unloaded(s);                       // 3
  unload_idle(s);                         // 4
  relieve_budget(s);                      // 5
  renew_demands(s);                       // 6
  const auto promised = provide_room(s);  // 7
  reopen_unless(promised, s);             // 8
  grant_waiters(s);                       // 9
  measure_paces(s);                       // 10
}

void planner::stop_unloaded(scene& s) {
  for (instance_id id = 0; id < ledger_.size(); ++id) {
    if (ledger_.state(id) != presence::closing || !notes_[id].unloading) continue;
    if (s.use[id].leases == 0) {
      stop_instance(id, unload_reason(id), s.out);
    } else if (!notes_[id].watched) {
      notes_[id].watched = true;
      s.out.emplace_back(watch_idle{id});
    }
  }
}

void planner::unload_idle(scene& s) {
  for (instance_id id = 0; id < ledger_.size(); ++id) {
    const auto limit = idle_unload(id);
    const auto idle = s.now - last_used(id, s.use);
    if (!limit || idle < *limit) continue;
    if (s.use[id].leases == 0) {
      evict_instance({id, stop_reason::idle, "idle for " + whole_seconds(idle)}, s);
    } else if (!notes_[id].watched) {  // one long request: the time to look again is when it ends
      notes_[id].watched = true;
      s.out.emplace_back(watch_idle{id});
    }
  }
}

void planner::renew_demands(scene& s) {
  for (role_id role = 0; role < known_.roles.size(); ++role)
    if (known_.serving_role(role) == role) renew_demands_of(role, s);
}

// Waiters demand every instance of a role that has none up; its further replicas stay demanded
// while the first one loads. When all that is up is busy, waiters demand what else there is for
// memory that nobody holds. What an operator demanded stays so until it is up.
void planner::renew_demands_of(role_id serving, scene& s) {
  const auto oldest = waiting_.oldest(serving);
  const bool up = is_up(serving);
  for (const auto id : affordable_[serving]) {
    auto& wanted = demands_[id];
    const auto state = ledger_.state(id);
    const bool by_operator = wanted && wanted->by_operator;
    const bool startable = state == presence::absent ||
                           (state == presence::failed &&
                            (by_operator || s.now >= notes_[id].failed_at + failure_cool_down));
    const bool leaving = state == presence::stopping || state == presence::closing;
    if (by_operator) {
      if (!startable && !leaving) wanted.reset();
    } else if (!startable || (!oldest && (!up || (wanted && wanted->spare)))) {
      wanted.reset();
    } else if (!up) {
      wanted = demand{*oldest};
    } else if (oldest && !wanted) {
      wanted = demand{.since = *oldest, .spare = true};
    }
  }
}

// Returns the instances that somebody who waits was promised.
std::vector<instance_id> planner::provide_room(scene& s) {
  const auto wanted = needs(demands_);
  if (wanted.empty() || missing_ > 0) return {};
  const auto movable = candidates(s.now, s.use);
  std::vector<instance_id> promised;
  bool turns = false;
  for (const auto& d : make_room(wanted, movable, ledger_)) {
    carry_out(d, s);
    turns = turns || d.how == provision::take_turns;
    for (const auto& victim : d.victims) promised.push_back(victim.instance);
  }
  if (turns) watch_busy(movable, s);
  return promised;
}

void planner::carry_out(const room_decision& d, scene& s) {
  switch (d.how) {
    case provision::start:
      start_instance(d.wanted.instance, s.now, s.out);
      break;
    case provision::evict:
      for (const auto& victim : d.victims)
        evict_instance(
            {victim.instance, stop_reason::evicted, eviction_detail(d, victim, s), d.wanted.role},
            s);
      break;
    case provision::take_turns:
      take_turns(d, s);
      break;
    case provision::forgo:
      demands_[d.wanted.instance].reset();
      break;
    case provision::await_exits:
    case provision::queue:
    case provision::obstructed:
      break;
  }
}

// Steady traffic would keep its role busy for ever: after `patience` the gates are closed and
// leases run out. All of them at once, and none before each has been ready for as long itself, so
// that every turn is worth its load.
void planner::take_turns(const room_decision& d, scene& s) {
  auto due = demands_[d.wanted.instance]->since + known_.patience;
  for (const auto& victim : d.victims) {
    if (victim.cost == reluctance::loading) return;
    if (victim.cost == reluctance::busy)
      due = std::max(due, notes_[victim.instance].ready_since + known_.patience);
  }
  if (s.now < due) return;
  for (const auto& victim : d.victims) {
    if (victim.cost != reluctance::busy) continue;
    ledger_.move(victim.instance, presence::closing);
    notes_[victim.instance].watched = true;
    s.out.emplace_back(close_gate{victim.instance});
  }
}

// Whichever becomes idle first, chosen or not, may be the one that makes room.
void planner::watch_busy(const std::vector<candidate>& list, scene& s) {
  for (const auto& c : list) {
    if (s.use[c.instance].leases == 0 || notes_[c.instance].watched) continue;
    notes_[c.instance].watched = true;
    s.out.emplace_back(watch_idle{c.instance});
  }
}

void planner::reopen_unless(const std::vector<instance_id>& promised, scene& s) {
  for (instance_id id = 0; id < ledger_.size(); ++id) {
    if (ledger_.state(id) != presence::closing || notes_[id].unloading) continue;
    if (std::ranges::count(promised, id) > 0) continue;
    ledger_.move(id, presence::ready);
    s.use[id].open = true;
    s.out.emplace_back(open_gate{id});
  }
}

std::string planner::eviction_detail(const room_decision& d, const candidate& victim,
                                     const scene& s) const {
  return "to make room for " + known_.roles[d.wanted.role].name + " (" +
         format_bytes(ledger_.everybody().added_by(d.wanted.instance)) + " needed, " +
         format_bytes(ledger_.free()) + " free; idle for " +
         whole_seconds(s.now - victim.last_used) + ")";
}

std::string planner::obstacle_at_gates(role_id serving, const std::vector<activity>& use) const {
  bool open = false;
  std::uint32_t taken = 0;
  for (const auto id : known_.roles[serving].instances) {
    open = open || use[id].open;
    taken += use[id].slots_taken;
  }
  if (!open) return "its process takes no requests at present";
  return "its slots are taken by " + std::to_string(taken) + " requests";
}

std::string planner::obstacle(role_id serving, const std::vector<activity>& use) const {
  const auto first = known_.roles[serving].instances.front();
  if (any_in(serving, presence::starting)) return "it is still loading";
  if (any_in(serving, presence::backoff))
    return "it crashed and waits for its restart (" + notes_[first].failure + ")";
  if (any_in(serving, presence::ready)) return obstacle_at_gates(serving, use);
  if (awaits_exit(first))
    return "its process of before the last reload still ends, with the requests that it serves";
  if (notes_[first].unloading) return "an operator unloads it";
  if (any_in(serving, presence::closing))
    return "it is giving its memory to a role that has waited longer";
  if (any_in(serving, presence::stopping)) return "its process is still stopping";
  if (missing_ > 0) return describe_missing(missing_);
  auto text = "it needs " + format_bytes(ledger_.everybody().added_by(first)) + ", " +
              format_bytes(ledger_.free()) + " are free";
  for (instance_id id = 0; id < ledger_.size(); ++id) {
    if (!is_reserved(ledger_.state(id)) || known_.is_hot(id)) continue;
    text += ", " + known_.instances[id].name + " holds " + format_bytes(known_.bytes_of(id)) + " (";
    if (ledger_.row(id).pinned)
      text += "pinned)";
    else if (use[id].leases > 0)
      text += std::to_string(use[id].leases) + " running)";
    else
      text += std::string{to_string(ledger_.state(id))} + ")";
  }
  return text;
}

}  // namespace rolecall::residency
