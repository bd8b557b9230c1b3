#include "fleet_model.hpp"

#include <algorithm>
#include <array>
#include <utility>

// The controller's part of the model.

namespace rolecall::residency::tests {

namespace {

std::string describe(const event& e) {
  static constexpr std::array names{"lease_requested",
                                    "grants_missed",
                                    "waiter_withdrawn",
                                    "instance_adopted",
                                    "instance_became_ready",
                                    "instance_exited",
                                    "instance_restarting",
                                    "instance_wanted",
                                    "instance_idle",
                                    "slot_freed",
                                    "eviction_failed",
                                    "operator_load",
                                    "operator_unload",
                                    "operator_pin",
                                    "footprint_changed",
                                    "host_memory",
                                    "tick"};
  static_assert(names.size() == std::variant_size_v<event>);
  return std::visit(
      [&](const auto& what) {
        std::string text = names[e.index()];
        if constexpr (requires { what.waiter; }) text += " waiter " + std::to_string(what.waiter);
        if constexpr (requires { what.role; }) text += " role " + std::to_string(what.role);
        if constexpr (requires { what.instance; })
          text += " instance " + std::to_string(what.instance);
        if constexpr (requires { what.footprint; })
          text += " footprint " + std::to_string(what.footprint);
        if constexpr (requires { what.missing; })
          text += " missing " + std::to_string(what.missing);
        return text;
      },
      e);
}

}  // namespace

void fleet_model::feed(event e) {
  events_.push_back(std::move(e));
  drive();
}

void fleet_model::drive() {
  mark_queues();
  while (!events_.empty()) {
    const auto next = std::move(events_.front());
    events_.pop_front();
    seen_ = activity_now();
    ++steps_;
    const auto actions = planner_.step(next, now_, seen_);
    if (recording_) {
      recorded_ += describe(next) + "\n";
      for (const auto& a : actions) recorded_ += "  " + to_string(a) + "\n";
    }
    if (std::holds_alternative<operator_load>(next)) check_foretold(actions);
    if (std::holds_alternative<host_memory>(next)) check_pressure(actions);
    check_turns(actions);
    perform(actions);
    check_step(&next);
    if (events_.empty()) mark_queues();
  }
  check_rest();
}

void fleet_model::mark_queues() {
  for (instance_id id = 0; id < gates_.size(); ++id) {
    const bool wanted = planner_.is_waited_for(id);
    if (wanted == gates_[id].is_queued()) continue;
    if (!wanted)
      gates_[id].dissolve_queue();
    else if (gates_[id].announce_queue())
      events_.push_back(slot_freed{id});
  }
}

void fleet_model::perform(const std::vector<action>& actions) {
  for (const auto& a : actions) std::visit([this](const auto& what) { perform(what); }, a);
  if (!missed_.empty()) events_.emplace_front(grants_missed{std::exchange(missed_, {})});
}

void fleet_model::perform(const start& a) {
  expect(processes_[a.instance] == process::none, "nothing is started twice");
  expect(!shutting_down_, "nothing is started while shutting down");
  expect(missing_ == 0, "nothing is started while strangers hold the host's memory");
  expect(planner_.reserved() <= known_.budget, "nothing is started above the budget");
  expect(!known_.instances[a.instance].retired, "nothing is started that the registry has not");
  for (const auto before : known_.instances[a.instance].after)
    expect(processes_[before] == process::none, "a port is taken when its last process is gone");
  processes_[a.instance] = process::starting;
  unloading_[a.instance] = false;
}

void fleet_model::perform(const evict& a) {
  expect(!known_.is_hot(a.instance), "a HOT instance is never evicted");
  expect(!planner_.row(a.instance).pinned, "a pinned instance is never evicted");
  expect(seen_[a.instance].leases == 0, "a leased instance is never evicted");
  expect(processes_[a.instance] == process::running, "only what is ready is evicted");
  expect(a.reason == stop_reason::evicted || a.reason == stop_reason::idle ||
             (a.reason == stop_reason::pressure && missing_ > 0),
         "evictions have their own reasons");
  // Somebody is faster than the closing of the gate; behind a closed one, a refused caller is still
  // counted.
  const bool too_late = chance(15);
  if (too_late && gates_[a.instance].is_open()) enter_beside(a.instance);
  if (!too_late && gates_[a.instance].close_if_idle()) {
    processes_[a.instance] = process::stopping;
    evicted_[a.instance] = true;
  } else {
    events_.push_back(eviction_failed{a.instance});
  }
}

void fleet_model::perform(const stop& a) {
  expect(processes_[a.instance] != process::none, "only what has a process is stopped");
  const bool retired = known_.instances[a.instance].retired;
  expect(a.reason == (shutting_down_ ? stop_reason::shutdown
                      : retired      ? stop_reason::reload
                                     : stop_reason::operator_request),
         "only operators, reloads and shutting down stop what may be leased or HOT");
  expect(shutting_down_ || retired || unloading_[a.instance],
         "operators stop only what they unloaded");
  gates_[a.instance].close();
  processes_[a.instance] = process::stopping;
}

void fleet_model::perform(const close_gate& a) {
  expect(processes_[a.instance] == process::running, "only ready instances have gates to close");
  expect(unloading_[a.instance] || known_.instances[a.instance].retired ||
             (!known_.is_hot(a.instance) && !planner_.row(a.instance).pinned),
         "HOT and pinned instances do not give way");
  gates_[a.instance].close();
  if (!gates_[a.instance].notify_when_idle()) events_.push_back(instance_idle{a.instance});
}

void fleet_model::perform(const open_gate& a) {
  expect(processes_[a.instance] == process::running, "only ready instances have gates to open");
  expect(!gates_[a.instance].is_open(), "an open gate is not opened");
  gates_[a.instance].open();
}

void fleet_model::perform(const watch_idle& a) {
  if (!gates_[a.instance].notify_when_idle()) events_.push_back(instance_idle{a.instance});
}

void fleet_model::perform(const grant& a) {
  const auto found = waiters_.find(a.waiter);
  expect(found != waiters_.end(), "only who waits is granted, and once");
  const auto& asked = found->second.asked;
  const auto& instances = known_.roles[asked.role].instances;
  expect(std::ranges::count(instances, a.instance) == 1, "grants lead to an instance of the role");
  expect(!known_.instances[a.instance].retired, "nobody is let in to what is leaving");
  if (chance(8)) {  // a refused caller is still counted
    missed_.push_back(found->second);
    return;
  }
  if (!gates_[a.instance].enter_granted(asked.kind, now_))
    throw violation("grants lead through an open gate that has room");
  leases_.push_back({a.instance, asked.kind});
  waiters_.erase(found);
}

void fleet_model::perform(const refuse& a) {
  const auto found = waiters_.find(a.waiter);
  expect(found != waiters_.end(), "only who waits is refused, and once");
  expect(!a.why.message.empty(), "refusals say why");
  expect((a.why.code == refusal_code::role_removed) ==
             (known_.roles[found->second.asked.role].retired && !shutting_down_),
         "who asks for a role that was removed is told so");
  if (a.why.code == refusal_code::deadline) {
    expect(found->second.asked.deadline <= now_, "nobody is refused before its deadline");
    expect(!patient_, "who has time is served in time");
  }
  waiters_.erase(found);
}

std::vector<activity> fleet_model::activity_now() const {
  std::vector<activity> use;
  use.reserve(gates_.size());
  for (const auto& g : gates_)
    use.push_back({g.leases(), g.slots_taken(), g.last_used(), g.is_open()});
  return use;
}

}  // namespace rolecall::residency::tests
