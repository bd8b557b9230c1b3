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

// Grants, one after another, before they are performed.
void fleet_model::check_turns(const std::vector<action>& actions) const {
  auto left = waiters_;
  for (const auto& a : actions) {
    if (const auto* refused = std::get_if<refuse>(&a)) left.erase(refused->waiter);
    const auto* granted = std::get_if<grant>(&a);
    if (granted == nullptr) continue;
    const auto node = left.extract(granted->waiter);
    expect(!node.empty(), "only who waits is granted, and once");
    const auto& [next, since] = node.mapped();
    for (const auto& [id, other] : left) {
      const auto& asked = other.asked;
      if (known_.serving_role(asked.role) != known_.serving_role(next.role) ||
          asked.kind != next.kind)
        continue;
      if (asked.priority == next.priority && asked.role == next.role)
        expect(std::pair{since, next.waiter} < std::pair{other.since, id},
               "who came first goes first");
      if (asked.priority == next.priority) continue;
      const auto& made_way = next.priority == request_priority::background ? node.mapped() : other;
      const auto& other_way = &made_way == &other ? node.mapped() : other;
      const auto turn = made_way.since + known_.roles[made_way.asked.role].queue.deadline / 2;
      const bool background_first = &made_way == &node.mapped();
      expect(background_first ? turn <= other_way.since : other_way.since <= turn,
             "interactive requests go first, and background ones have their turn");
    }
  }
}

// `cause` is null for the launch.
void fleet_model::check_step(const event* cause) {
  const auto reserved =
      bytes_where([&](instance_id id) { return is_reserved(planner_.row(id).state); });
  expect(planner_.reserved() == reserved,
         "reservations are what is resident, and every file of it once");
  const bool measured = cause != nullptr && (std::holds_alternative<footprint_changed>(*cause) ||
                                             std::holds_alternative<instance_adopted>(*cause));
  expect(reserved <= known_.budget || reserved <= reserved_ || measured,
         "reserved memory exceeds the budget only by what was measured or adopted");
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
  check_gates();
  const auto staying = bytes_where([&](instance_id id) { return stays(id); });
  for (instance_id id = 0; id < known_.instances.size() && staying > known_.budget; ++id)
    expect(shutting_down_ || !is_movable(id) || gates_[id].leases() > 0,
           "above the budget whoever is idle and may leave does");
  const auto next = planner_.next_tick(activity_now());
  expect(!next || *next > now_ || steps_ == 0, "ticks lie ahead");
}

void fleet_model::check_gates() const {
  for (const auto& [waiter, waiting] : waiters_)
    for (const auto id : known_.roles[waiting.asked.role].instances)
      expect(!gates_[id].is_open() || (waiting.asked.kind == lease_kind::slot &&
                                       gates_[id].slots_taken() == gates_[id].capacity()),
             "nobody waits for a role whose gate is open and has room");
  for (instance_id id = 0; id < gates_.size(); ++id) {
    expect(gates_[id].slots_taken() <= gates_[id].capacity(), "no more slots are taken than exist");
    const auto held = std::ranges::count(leases_, id, &lease::instance);
    expect(std::cmp_equal(gates_[id].leases(), held), "every lease is counted, and nothing else");
    expect(!evicted_[id] || held == 0, "nobody holds a lease of what is evicted");
    const bool waited_for = std::ranges::any_of(waiters_, [&](const auto& w) {
      return std::ranges::count(known_.roles[w.second.asked.role].instances, id) > 0;
    });
    expect(gates_[id].is_queued() == waited_for, "gates know whether somebody waits");
  }
}

}  // namespace rolecall::residency::tests
