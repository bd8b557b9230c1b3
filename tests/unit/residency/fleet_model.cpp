#include "fleet_model.hpp"

#include <algorithm>
#include <utility>

namespace rolecall::residency::tests {

using std::chrono::milliseconds;
using std::chrono::seconds;

fleet_model::fleet_model(std::uint64_t seed, bool patient)
    : random_(seed),
      known_(random_catalogue(random_)),
      planner_(known_),
      patient_(patient),
      processes_(known_.instances.size(), process::none),
      unloading_(known_.instances.size(), false),
      evicted_(known_.instances.size(), false) {
  for (const auto& instance : known_.instances) gates_.emplace_back(instance.capacity);
}

catalogue fleet_model::random_catalogue(std::mt19937_64& random) {
  const auto draw = [&](std::uint64_t from, std::uint64_t to) {
    return from + random() % (to - from + 1);
  };
  catalogue known;
  known.budget = draw(8, 25);
  if (draw(0, 1) == 0) known.eviction = registry::eviction_order::load_cost;
  for (auto files = draw(0, 3); files-- > 0;) known.files.push_back({"f", draw(0, 6)});
  for (auto roles = draw(2, 5); roles-- > 0;) add_random_role(known, random);
  return known;
}

void fleet_model::add_random_role(catalogue& known, std::mt19937_64& random) {
  const auto draw = [&](std::uint64_t from, std::uint64_t to) {
    return from + random() % (to - from + 1);
  };
  const auto id = static_cast<role_id>(known.roles.size());
  catalogue::role role;
  role.name = std::string{"r"} + static_cast<char>('0' + id);
  role.queue.limit = static_cast<int>(draw(1, 5));
  role.queue.deadline = seconds{draw(2, 60)};
  role.priority = static_cast<int>(draw(0, 2));
  if (draw(0, 4) == 0) role.idle_unload = seconds{draw(5, 60)};
  if (id > 0 && !known.roles.front().retired &&
      draw(0, 5) == 0) {  // shares the processes of the first role
    role.tier = known.roles.front().tier;
    role.instances = known.roles.front().instances;
  } else {
    role.tier = draw(0, 3) == 0 ? registry::tier::hot : registry::tier::warm;
  }
  known.roles.push_back(std::move(role));
  if (known.roles.back().instances.empty()) add_random_instances(known, id, random);
}

void fleet_model::add_random_instances(catalogue& known, role_id id, std::mt19937_64& random) {
  const auto draw = [&](std::uint64_t from, std::uint64_t to) {
    return from + random() % (to - from + 1);
  };
  auto& role = known.roles[id];
  const auto footprint = draw(0, 10);
  const auto capacity = draw(0, 2) == 0 ? gate::unlimited : static_cast<std::uint32_t>(draw(1, 3));
  std::vector<file_id> files;
  for (file_id file = 0; file < known.files.size(); ++file)
    if (draw(0, 1) == 0) files.push_back(file);
  for (auto replicas = draw(0, 5) == 0 ? draw(2, 3) : 1; replicas-- > 0;) {
    role.instances.push_back(static_cast<instance_id>(known.instances.size()));
    known.instances.push_back({role.name, id, footprint, files, capacity});
  }
}

// Of the daemon before, with more memory than the budget, it may be.
void fleet_model::adopt_some() {
  for (instance_id id = 0; id < processes_.size(); ++id) {
    if (!chance(30)) continue;
    const bool leaving = chance(25);
    processes_[id] = leaving ? process::stopping : process::starting;
    feed(instance_adopted{id, leaving});
  }
}

void fleet_model::launch() {
  if (chance(50)) adopt_some();
  seen_ = activity_now();
  perform(planner_.launch(now_, seen_));
  check_step(nullptr);
  drive();
}

void fleet_model::random_event() {
  pass(milliseconds{below(2000)});
  const auto dice = below(100);
  if (dice < 38)
    request();
  else if (dice < 42)
    withdraw();
  else if (dice < 60)
    end_some_lease();
  else if (dice < 84)
    advance_process(static_cast<instance_id>(below(processes_.size())), true);
  else if (dice < 91)
    operate();
  else if (dice < 94)
    measure();
  else if (dice < 95)
    reload();
  else if (dice < 97)
    read_host_memory(chance(50) ? 0 : below(16));
  else
    pass(milliseconds{below(20000)});
}

void fleet_model::request() {
  const auto role = static_cast<role_id>(below(known_.roles.size()));
  const auto kind = chance(15) ? lease_kind::slotless : lease_kind::slot;
  for (const auto id : known_.roles[role].instances) {
    if (known_.roles[role].retired) break;  // the front door does not know it any more
    const auto [entered, owed] = gates_[id].enter(kind, now_);
    if (entered) {
      leases_.push_back({id, kind});
      return;
    }
    tell(id, owed);
  }
  const auto patience = patient_ ? milliseconds{seconds{3600}} : milliseconds{below(60000)};
  const lease_requested asked{
      next_waiter_++, role, now_ + patience, kind,
      chance(30) ? request_priority::background : request_priority::interactive};
  waiters_.emplace(asked.waiter, grants_missed::waiter{asked, now_});
  feed(asked);
}

void fleet_model::withdraw() {
  if (waiters_.empty()) return;
  const auto chosen =
      std::next(waiters_.begin(), static_cast<std::ptrdiff_t>(below(waiters_.size())));
  const auto id = chosen->first;
  waiters_.erase(chosen);
  feed(waiter_withdrawn{id});
}

void fleet_model::end_some_lease() {
  if (leases_.empty()) return;
  const auto chosen = leases_.begin() + static_cast<std::ptrdiff_t>(below(leases_.size()));
  const auto held = *chosen;
  leases_.erase(chosen);
  give_back(held);
}

void fleet_model::end_present_leases(bool steady) {
  for (auto present = leases_.size(); present > 0; --present) {
    const auto held = leases_.front();
    leases_.erase(leases_.begin());
    if (steady && gates_[held.instance].is_open()) enter_beside(held.instance);
    give_back(held);
  }
}

void fleet_model::advance_process(instance_id instance, bool may_fail) {
  switch (processes_[instance]) {
    case process::none:
      break;
    case process::starting:
      if (may_fail && chance(25)) {
        crash(instance);
      } else {
        processes_[instance] = process::running;
        gates_[instance].open();
        feed(instance_became_ready{instance});
      }
      break;
    case process::running:
      if (may_fail && chance(12)) crash(instance);
      break;
    case process::stopping:
      processes_[instance] = process::none;
      evicted_[instance] = false;
      feed(instance_exited{instance, false, false, "stopped"});
      break;
    case process::backoff:
      if (chance(30)) {  // it was killed for its memory: the ledger decides
        processes_[instance] = process::none;
        feed(instance_wanted{instance});
        break;
      }
      processes_[instance] = process::starting;
      feed(instance_restarting{instance});
      break;
  }
}

void fleet_model::crash(instance_id instance) {
  const auto tier = known_.roles[known_.instances[instance].role].tier;
  const bool restarts = tier == registry::tier::hot && chance(70);
  processes_[instance] = restarts ? process::backoff : process::none;
  gates_[instance].close();
  feed(instance_exited{instance, !restarts && chance(40), restarts, "crashed: signal 9"});
}

void fleet_model::operate() {
  const auto role = static_cast<role_id>(below(known_.roles.size()));
  if (known_.roles[role].retired) return;
  switch (below(4)) {
    case 0:
      foretell_and_load(role);
      break;
    case 1:
      for (const auto id : known_.roles[role].instances) unloading_[id] = true;
      feed(operator_unload{role, chance(50), chance(30)});
      break;
    default:
      feed(operator_pin{role, chance(40)});
      break;
  }
}

// A step of its own comes first, so that nothing but the load is left to do.
void fleet_model::foretell_and_load(role_id role) {
  feed(tick{});
  foretold_ = {role, planner_.plan_load(role, now_, activity_now())};
  feed(operator_load{role});
}

void fleet_model::measure() {
  const auto id = static_cast<instance_id>(below(known_.instances.size()));
  known_.instances[id].footprint = below(13);
  feed(footprint_changed{id, known_.instances[id].footprint});
}

void fleet_model::read_host_memory(byte_count missing) {
  missing_ = missing;
  feed(host_memory{missing});
}

void fleet_model::pass(milliseconds time) {
  now_ += time;
  if (const auto next = planner_.next_tick(activity_now()); next && *next <= now_) feed(tick{});
}

bool fleet_model::advance_some_process() {
  const auto first = below(processes_.size());
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    const auto id = static_cast<instance_id>((first + i) % processes_.size());
    if (processes_[id] == process::none || processes_[id] == process::running) continue;
    advance_process(id, false);
    return true;
  }
  return false;
}

void fleet_model::quiesce(bool steady) {
  read_host_memory(0);
  for (role_id role = 0; role < known_.roles.size(); ++role) feed(operator_pin{role, false});
  for (int left = 3000; left > 0; --left) {
    if (advance_some_process()) continue;
    if (waiters_.empty() && (steady || leases_.empty())) break;
    if (steady)
      for (instance_id id = 0; id < gates_.size(); ++id)
        if (gates_[id].is_open() && gates_[id].leases() == 0) enter_beside(id);
    const auto waiting = waiters_.size();
    do end_present_leases(steady);
    while (std::ranges::any_of(
        leases_, [&](const lease& held) { return !gates_[held.instance].is_open(); }));
    if (waiters_.empty() || waiters_.size() < waiting) continue;
    const auto next = planner_.next_tick(activity_now());
    expect(next.has_value(), "somebody waits, but nothing would ever be done about it");
    if (!advance_some_process()) pass(std::chrono::ceil<milliseconds>(*next - now_));
  }
  expect(waiters_.empty(), "every waiter is answered in the end");
}

void fleet_model::shut_down() {
  shutting_down_ = true;
  seen_ = activity_now();
  perform(planner_.shut_down(now_));
  drive();
  expect(waiters_.empty(), "shutting down refuses every waiter");
  request();
  while (advance_some_process()) {
  }
  expect(planner_.reserved() == 0, "nothing stays reserved after shutting down");
  expect(!planner_.next_tick(activity_now()), "nothing is left to do after shutting down");
}

// Open gates let in who needs no slot, whoever waits.
void fleet_model::enter_beside(instance_id instance) {
  expect(gates_[instance].enter(lease_kind::slotless, now_).entered, "an open gate lets in");
  leases_.push_back({instance, lease_kind::slotless});
}

void fleet_model::give_back(const lease& held) {
  tell(held.instance, gates_[held.instance].leave(held.kind, now_));
}

void fleet_model::tell(instance_id instance, gate_notice owed) {
  switch (owed) {
    case gate_notice::none:
      break;
    case gate_notice::slot_free:
      feed(slot_freed{instance});
      break;
    case gate_notice::idle:
      feed(instance_idle{instance});
      break;
  }
}

}  // namespace rolecall::residency::tests
