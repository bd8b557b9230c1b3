#include "orchestrator/residency/planner.hpp"

#include "orchestrator/residency/refusals.hpp"

#include <algorithm>
#include <utility>

// What each event changes. What follows from the changed state is in settlement.cpp.

namespace rolecall::residency {

using std::chrono::seconds;

planner::planner(catalogue known)
    : ledger_(checked(std::move(known))),
      paces_(known_.roles.size()),
      notes_(known_.instances.size()),
      demands_(known_.instances.size()) {
  for (role_id role = 0; role < known_.roles.size(); ++role)
    affordable_.push_back(known_.affordable(role));
}

std::vector<action> planner::launch(time_point now, const std::vector<activity>& use) {
  scene s{now, use, std::vector<std::size_t>(known_.roles.size(), 0), {}};
  for (instance_id id = 0; id < ledger_.size(); ++id) {
    if (!known_.is_hot(id) || ledger_.state(id) != presence::absent) continue;
    const bool has_to_wait = missing_ > 0 || awaits_exit(id);
    if (!has_to_wait && ledger_.fits(id))
      start_instance(id, now, s.out);
    else if (has_to_wait || is_affordable(id))
      demands_[id] = demand{now, true};
  }
  settle(s);
  seen_ = now;
  return std::move(s.out);
}

std::vector<action> planner::shut_down(time_point now) {
  seen_ = now;
  shutting_down_ = true;
  std::vector<action> out;
  for (const auto& w : waiting_.take_if([](const waiter&) { return true; }))
    out.emplace_back(refuse{w.id, refuse_shutting_down()});
  for (instance_id id = ledger_.size(); id-- > 0;) {
    demands_[id].reset();
    if (is_reserved(ledger_.state(id)) && ledger_.state(id) != presence::stopping)
      stop_instance(id, stop_reason::shutdown, out);
  }
  return out;
}

std::vector<action> planner::leave(time_point now) {
  seen_ = now;
  shutting_down_ = true;
  leaves_processes_ = true;
  std::vector<action> out;
  for (const auto& w : waiting_.take_if([](const waiter&) { return true; }))
    out.emplace_back(refuse{w.id, refuse_shutting_down()});
  for (auto& wanted : demands_) wanted.reset();
  return out;
}

std::vector<action> planner::step(const event& e, time_point now,
                                  const std::vector<activity>& use) {
  scene s{now, use, std::vector<std::size_t>(known_.roles.size(), 0), {}};
  std::visit([&](const auto& happened) { on(happened, s); }, e);
  settle(s);
  seen_ = now;
  return std::move(s.out);
}

void planner::on(const instance_adopted& e, scene& s) {
  if (is_reserved(ledger_.state(e.instance))) return;
  ledger_.take_over(e.instance, e.leaving ? presence::stopping : presence::starting);
  notes_[e.instance].started_at = s.now;
  notes_[e.instance].adopted = true;
  if (e.leaving && known_.is_hot(e.instance) && is_affordable(e.instance))
    demands_[e.instance] = demand{.since = s.now, .by_operator = true};
}

void planner::on(const instance_became_ready& e, scene& s) {
  switch (ledger_.state(e.instance)) {
    case presence::starting:
      if (!notes_[e.instance].adopted)
        notes_[e.instance].load_time = s.now - notes_[e.instance].started_at;
      [[fallthrough]];
    case presence::backoff:
      ledger_.move(e.instance, presence::ready);
      notes_[e.instance].ready_since = s.now;
      break;
    case presence::ready:
    case presence::closing:
    case presence::stopping:  // told to stop meanwhile; its exit will come
    case presence::absent:
    case presence::failed:
      break;
  }
}

void planner::on(const instance_exited& e, scene& s) {
  switch (ledger_.state(e.instance)) {
    case presence::starting:
    case presence::ready:
    case presence::closing:
    case presence::backoff:
      if (!e.will_restart) {
        process_gone(e, s);
      } else {
        ledger_.move(e.instance, presence::backoff);
        notes_[e.instance].failure = e.reason;
        notes_[e.instance].watched = false;
        if (notes_[e.instance].unloading)
          stop_instance(e.instance, unload_reason(e.instance), s.out);
      }
      break;
    case presence::stopping:
      // It crashed before it heard that it is to stop, and is about to come back: say it again.
      if (e.will_restart)
        s.out.emplace_back(
            stop{e.instance, shutting_down_ ? stop_reason::shutdown : unload_reason(e.instance)});
      else
        process_gone(e, s);
      break;
    case presence::absent:
    case presence::failed:
      break;
  }
}

// Those who waited for this load are told, so that a role that cannot start is not started in a
// circle. Those who did not wait for it (it was ready, or was told to stop) stay, and it is loaded
// for them.
void planner::process_gone(const instance_exited& e, scene& s) {
  const auto serving = known_.instances[e.instance].role;
  const auto before = ledger_.state(e.instance);
  const bool load_failed = e.failed || before == presence::starting || before == presence::backoff;
  ledger_.move(e.instance, e.failed ? presence::failed : presence::absent);

  auto& notes = notes_[e.instance];
  notes.failure = e.reason;
  notes.failed_at = s.now;
  notes.watched = false;
  notes.unloading = false;
  if (load_failed) demands_[e.instance].reset();
  if (!load_failed || is_up(serving) || known_.instances[e.instance].retired) return;
  for (const auto& w : waiting_.take_if([&](const waiter& w) { return w.serving == serving; }))
    s.out.emplace_back(refuse{w.id, refuse_failed(known_.roles[w.role].name, e.reason,
                                                  e.failed ? failure_cool_down : seconds{0})});
}

void planner::on(const instance_restarting& e, scene& s) {
  if (ledger_.state(e.instance) != presence::backoff) return;
  ledger_.move(e.instance, presence::starting);
  notes_[e.instance].started_at = s.now;
  notes_[e.instance].adopted = false;
}

void planner::on(const instance_wanted& e, scene& s) {
  switch (ledger_.state(e.instance)) {
    case presence::backoff:
      ledger_.move(e.instance, presence::absent);
      break;
    case presence::stopping:  // told to stop in its backoff, and it did not hear of it in time
      process_gone({.instance = e.instance}, s);
      return;
    case presence::absent:
    case presence::failed:
      break;
    case presence::starting:
    case presence::ready:
    case presence::closing:
      return;
  }
  if (!shutting_down_ && is_affordable(e.instance)) demands_[e.instance] = demand{s.now, true};
}

void planner::on(const instance_idle& e, scene&) { notes_[e.instance].watched = false; }

void planner::on(const eviction_failed& e, scene& s) {
  if (ledger_.state(e.instance) != presence::stopping) return;
  auto& notes = notes_[e.instance];
  notes.watched = false;
  if (shutting_down_ && !leaves_processes_) {
    s.out.emplace_back(stop{e.instance, stop_reason::shutdown});
    return;
  }
  ledger_.move(e.instance, notes.evicted_closed ? presence::closing : presence::ready);
  if (notes.unloading) unload_instance(e.instance, false, s);
}

void planner::on(const operator_load& e, scene& s) {
  if (shutting_down_) return;
  for (const auto id : affordable_[e.role]) notes_[id].unloading = false;
  demand_by_operator(demands_, e.role, s.now);
}

void planner::on(const operator_unload& e, scene& s) {
  // The instances that a removed role lists may be those of others by now.
  const bool removed = known_.roles[e.role].retired;
  const auto serving = removed ? e.role : known_.serving_role(e.role);
  if (!removed)
    for (const auto id : known_.roles[serving].instances) {
      demands_[id].reset();
      unload_instance(id, e.force, s);
    }
  for (instance_id id = 0; id < ledger_.size() && e.force; ++id)  // nor do those of before a reload
    if (known_.instances[id].retired && known_.instances[id].role == serving)
      unload_instance(id, e.force, s);
  if (e.restart) return;
  for (const auto& w : waiting_.take_if([&](const waiter& w) { return w.serving == serving; }))
    s.out.emplace_back(refuse{w.id, refuse_unloaded(known_.roles[w.role].name)});
}

void planner::unload_instance(instance_id instance, bool force, scene& s) {
  switch (ledger_.state(instance)) {
    case presence::ready:
      if (force || s.use[instance].leases == 0) {
        stop_instance(instance, unload_reason(instance), s.out);
      } else {
        ledger_.move(instance, presence::closing);
        notes_[instance].unloading = true;
        notes_[instance].watched = true;
        s.out.emplace_back(close_gate{instance});
      }
      break;
    case presence::closing:
      if (force)
        stop_instance(instance, unload_reason(instance), s.out);
      else
        notes_[instance].unloading = true;
      break;
    case presence::starting:
    case presence::backoff:
      stop_instance(instance, unload_reason(instance), s.out);
      break;
    case presence::stopping:
      notes_[instance].unloading = true;
      break;
    case presence::absent:
    case presence::failed:
      break;
  }
}

void planner::on(const operator_pin& e, scene&) {
  for (const auto id : known_.roles[e.role].instances) ledger_.pin(id, e.pinned);
}

void planner::on(const tick&, scene&) {}

void planner::start_instance(instance_id instance, time_point now, std::vector<action>& out) {
  ledger_.move(instance, presence::starting);
  notes_[instance].started_at = now;
  notes_[instance].adopted = false;
  const auto wanted = std::exchange(demands_[instance], std::nullopt);
  out.emplace_back(start{instance, wanted ? std::optional{wanted->since} : std::nullopt});
}

void planner::evict_instance(evict decided, scene& s) {
  const auto instance = decided.instance;
  notes_[instance].evicted_closed = ledger_.state(instance) == presence::closing;
  ledger_.move(instance, presence::stopping);
  s.out.emplace_back(std::move(decided));
}

void planner::stop_instance(instance_id instance, stop_reason reason, std::vector<action>& out) {
  ledger_.move(instance, presence::stopping);
  out.emplace_back(stop{instance, reason});
}

std::optional<refusal> planner::never_fits(role_id role) const {
  if (!affordable_[role].empty()) return std::nullopt;
  const auto first = known_.roles[role].instances.front();
  return refuse_never_fits(known_.roles[role].name, known_.bytes_of(first), known_.budget,
                           known_.hot_footprint_beside(known_.serving_role(role)));
}

std::optional<refusal> planner::refuse_vain(role_id role, time_point now) const {
  if (known_.roles[role].retired) return refuse_removed(known_.roles[role].name);
  const auto serving = known_.serving_role(role);
  if (holds_memory(serving)) return std::nullopt;
  if (auto never = never_fits(role)) return never;
  const auto* failed = cooling_down(serving, now);
  if (failed == nullptr) return std::nullopt;
  return refuse_failed(known_.roles[role].name, failed->failure,
                       std::chrono::ceil<seconds>(failed->failed_at + failure_cool_down - now));
}

bool planner::is_up(role_id serving) const {
  return any_in(serving, presence::starting) || any_in(serving, presence::ready) ||
         any_in(serving, presence::backoff);
}

bool planner::any_in(role_id serving, presence state) const {
  return std::ranges::any_of(known_.roles[serving].instances,
                             [&](instance_id id) { return ledger_.state(id) == state; });
}

bool planner::holds_memory(role_id serving) const {
  return std::ranges::any_of(known_.roles[serving].instances,
                             [&](instance_id id) { return is_reserved(ledger_.state(id)); });
}

const planner::instance_notes* planner::cooling_down(role_id serving, time_point now) const {
  const instance_notes* latest = nullptr;
  for (const auto id : affordable_[serving]) {
    const auto& notes = notes_[id];
    if (ledger_.state(id) != presence::failed || now >= notes.failed_at + failure_cool_down)
      return nullptr;
    if (latest == nullptr || notes.failed_at > latest->failed_at) latest = &notes;
  }
  return latest;
}

std::optional<seconds> planner::idle_unload(instance_id instance) const {
  if (ledger_.state(instance) != presence::ready || !is_movable(instance)) return std::nullopt;
  return known_.roles[known_.instances[instance].role].idle_unload;
}

std::optional<time_point> planner::next_tick(const std::vector<activity>& use) const {
  std::optional<time_point> next = waiting_.next_deadline();
  // What was due at the last step has been seen to: what is left of it waits for an event.
  const auto consider = [&](time_point moment) {
    if (moment > seen_ && (!next || moment < *next)) next = moment;
  };
  bool somebody_waits = false;
  for (const auto& wanted : demands_)
    if (wanted) {
      somebody_waits = true;
      consider(wanted->since + known_.patience);
    }
  for (instance_id id = 0; id < ledger_.size(); ++id) {
    if (somebody_waits && ledger_.state(id) == presence::ready)
      consider(notes_[id].ready_since + known_.patience);
    if (const auto limit = idle_unload(id)) consider(last_used(id, use) + *limit);
  }
  return next;
}

}  // namespace rolecall::residency
