#include "orchestrator/residency/planner.hpp"
#include "orchestrator/residency/refusals.hpp"

#include <algorithm>
#include <utility>

// Who waits, who is next, and who waits no longer.
//
// Each role that serves has one queue. Its order is that of the turns: an interactive request's
// turn is its arrival, a background request's is later by half of its role's queue deadline. So
// interactive ones go first, each kind in the order of arrival, and a background request that has
// waited for half of the time that it is given is overtaken by nobody who comes from then on.

namespace rolecall::residency {

using std::chrono::seconds;

void planner::on(const lease_requested& e, scene& s) {
  const auto& role = known_.roles[e.role];
  const auto full = [&] {
    return !best_ready(known_.serving_role(e.role), e.kind, s) &&
           std::cmp_greater_equal(waiting_.count(e.role), role.queue.limit);
  };
  std::optional<refusal> why;
  if (shutting_down_)
    why = refuse_shutting_down();
  else if (auto vain = refuse_vain(e.role, s.now))
    why = std::move(vain);
  else if (full() && !displace_background(e, s))
    why = refuse_queue_full(role, expected_wait(e.role, s.now));

  if (why)
    s.out.emplace_back(refuse{e.waiter, *std::move(why)});
  else
    add_waiter(e, s.now);
}

// A queue that background requests have filled is not full for an interactive one.
bool planner::displace_background(const lease_requested& e, scene& s) {
  if (e.priority != request_priority::interactive) return false;
  const auto displaced = waiting_.take_last_background(e.role);
  if (!displaced) return false;
  s.out.emplace_back(
      refuse{displaced->id, refuse_queue_full(known_.roles[e.role], expected_wait(e.role, s.now))});
  return true;
}

void planner::on(const grants_missed& e, scene& s) {
  for (const auto& [asked, since] : e.waiters)
    if (shutting_down_)
      s.out.emplace_back(refuse{asked.waiter, refuse_shutting_down()});
    else
      add_waiter(asked, since);
}

void planner::on(const waiter_withdrawn& e, scene&) { waiting_.remove(e.waiter); }

// What there is to do follows from the gate.
void planner::on(const slot_freed&, scene&) {}

void planner::add_waiter(const lease_requested& asked, time_point since) {
  const bool makes_way = asked.priority == request_priority::background;
  waiting_.add({.id = asked.waiter,
                .role = asked.role,
                .serving = known_.serving_role(asked.role),
                .since = since,
                .deadline = asked.deadline,
                .kind = asked.kind,
                .priority = asked.priority,
                .turn = makes_way ? since + known_.roles[asked.role].queue.deadline / 2 : since});
}

void planner::grant_waiters(scene& s) {
  if (waiting_.empty()) return;
  (void)waiting_.take_if([&](const waiter& w) {
    const auto instance = best_ready(w.serving, w.kind, s);
    if (!instance) return false;
    auto& use = s.use[*instance];
    ++use.leases;
    if (w.kind == lease_kind::slot) {
      ++use.slots_taken;
      ++s.slots_granted[w.serving];
    }
    use.last_used = s.now;
    s.out.emplace_back(grant{w.id, *instance});
    return true;
  });
}

void planner::refuse_expired(scene& s) {
  for (const auto& w : waiting_.take_if([&](const waiter& w) { return w.deadline <= s.now; }))
    s.out.emplace_back(
        refuse{w.id, refuse_deadline(known_.roles[w.role].name,
                                     std::chrono::duration_cast<seconds>(s.now - w.since),
                                     obstacle(w.serving, s.use), expected_wait(w.role, s.now))});
}

// Footprints have grown since they asked. What the role still holds may serve them before it
// leaves.
void planner::refuse_vain_waiters(scene& s) {
  for (const auto& w :
       waiting_.take_if([&](const waiter& w) { return refuse_vain(w.role, s.now).has_value(); }))
    s.out.emplace_back(refuse{w.id, *refuse_vain(w.role, s.now)});
}

void planner::measure_paces(scene& s) {
  for (role_id role = 0; role < paces_.size(); ++role) {
    const auto waiting = [&] {
      return any_in(role, presence::ready) && waiting_.count_served_by(role) > 0;
    };
    paces_[role].step(s.now, s.slots_granted[role], waiting());
  }
}

std::optional<instance_id> planner::best_ready(role_id serving, lease_kind kind,
                                               const scene& s) const {
  std::optional<instance_id> best;
  for (const auto id : known_.roles[serving].instances) {
    const auto& use = s.use[id];
    const bool has_room =
        kind == lease_kind::slotless || use.slots_taken < known_.instances[id].capacity;
    if (ledger_.state(id) == presence::ready && use.open && has_room &&
        (!best || use.leases < s.use[*best].leases))
      best = id;
  }
  return best;
}

bool planner::is_waited_for(instance_id instance) const noexcept {
  const auto& known = known_.instances[instance];
  return !known.retired && waiting_.count_served_by(known.role) > 0;
}

// What is left of a load, if nothing of the role is ready, and the queue at its present pace.
seconds planner::expected_wait(role_id role, time_point now) const {
  constexpr seconds shortest{1};
  constexpr seconds longest{600};
  const auto serving = known_.serving_role(role);
  std::chrono::duration<double> wait{0};
  if (!any_in(serving, presence::ready)) wait = remaining_load(serving, now);
  if (const auto pace = paces_[serving].per_grant())
    wait += *pace * static_cast<double>(waiting_.count_served_by(serving));
  return std::clamp(std::chrono::ceil<seconds>(std::min(wait, {longest})), shortest, longest);
}

std::chrono::duration<double> planner::remaining_load(role_id serving, time_point now) const {
  using duration = std::chrono::duration<double>;
  std::optional<duration> shortest;
  for (const auto id : known_.roles[serving].instances) {
    auto left = notes_[id].load_time.value_or(estimated_load_time(known_.bytes_of(id)));
    if (ledger_.state(id) == presence::starting)
      left = std::max(duration{0}, left - duration{now - notes_[id].started_at});
    if (!shortest || left < *shortest) shortest = left;
  }
  return shortest.value_or(duration{0});
}

}  // namespace rolecall::residency
