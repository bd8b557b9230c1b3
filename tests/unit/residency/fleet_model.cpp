#include "fleet_model.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace rolecall::residency::tests {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

std::string describe(const event& e) {
  static constexpr std::array names{"lease_requested",
                                    "waiter_withdrawn",
                                    "instance_became_ready",
                                    "instance_exited",
                                    "instance_restarting",
                                    "instance_idle",
                                    "eviction_failed",
                                    "operator_load",
                                    "operator_unload",
                                    "operator_pin",
                                    "tick"};
  static_assert(names.size() == std::variant_size_v<event>);
  return std::visit(
      [&](const auto& what) {
        std::string text = names[e.index()];
        if constexpr (requires { what.waiter; }) text += " waiter " + std::to_string(what.waiter);
        if constexpr (requires { what.role; }) text += " role " + std::to_string(what.role);
        if constexpr (requires { what.instance; })
          text += " instance " + std::to_string(what.instance);
        return text;
      },
      e);
}

}  // namespace

fleet_model::fleet_model(std::uint64_t seed, bool patient)
    : random_(seed),
      known_(random_catalogue(random_)),
      planner_(known_),
      patient_(patient),
      gates_(known_.instances.size()),
      processes_(known_.instances.size(), process::none),
      unloading_(known_.instances.size(), false) {}

catalogue fleet_model::random_catalogue(std::mt19937_64& random) {
  const auto draw = [&](std::uint64_t from, std::uint64_t to) {
    return from + random() % (to - from + 1);
  };
  catalogue known;
  known.budget = draw(8, 25);
  const auto roles = draw(2, 5);
  for (role_id id = 0; id < roles; ++id) {
    catalogue::role role;
    role.name = std::string{"r"} + static_cast<char>('0' + id);
    role.queue.limit = static_cast<int>(draw(1, 5));
    if (draw(0, 4) == 0) role.idle_unload = seconds{draw(5, 60)};
    if (id > 0 && draw(0, 5) == 0) {  // shares the processes of the first role
      role.tier = known.roles.front().tier;
      role.instances = known.roles.front().instances;
    } else {
      role.tier = draw(0, 3) == 0 ? registry::tier::hot : registry::tier::warm;
      const auto footprint = draw(0, 10);
      for (auto replicas = draw(0, 5) == 0 ? draw(2, 3) : 1; replicas-- > 0;) {
        role.instances.push_back(static_cast<instance_id>(known.instances.size()));
        known.instances.push_back({role.name, id, footprint});
      }
    }
    known.roles.push_back(std::move(role));
  }
  return known;
}

void fleet_model::launch() {
  seen_ = activity_now();
  perform(planner_.launch());
  check_step();
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
  else if (dice < 92)
    operate();
  else
    pass(milliseconds{below(20000)});
}

void fleet_model::request() {
  const auto role = static_cast<role_id>(below(known_.roles.size()));
  if (const auto instance = open_instance(role)) {
    enter(*instance);
    return;
  }
  const auto patience = patient_ ? milliseconds{seconds{3600}} : milliseconds{below(60000)};
  const lease_requested asked{next_waiter_++, role, now_ + patience};
  waiters_.emplace(asked.waiter, asked);
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
  const auto instance = *chosen;
  leases_.erase(chosen);
  leave(instance);
}

void fleet_model::end_present_leases(bool steady) {
  for (const auto instance : std::exchange(leases_, {})) {
    if (steady && gates_[instance].is_open()) enter(instance);
    leave(instance);
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
      feed(instance_exited{instance, false, false, "stopped"});
      break;
    case process::backoff:
      processes_[instance] = process::starting;
      feed(instance_restarting{instance});
      break;
  }
}

void fleet_model::crash(instance_id instance) {
  const bool restarts = known_.is_hot(instance) && chance(70);
  processes_[instance] = restarts ? process::backoff : process::none;
  gates_[instance].close();
  feed(instance_exited{instance, !restarts && chance(40), restarts, "crashed: signal 9"});
}

void fleet_model::operate() {
  const auto role = static_cast<role_id>(below(known_.roles.size()));
  switch (below(4)) {
    case 0:
      feed(operator_load{role});
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
  for (role_id role = 0; role < known_.roles.size(); ++role) feed(operator_pin{role, false});
  for (int left = 3000; left > 0; --left) {
    if (advance_some_process()) continue;
    if (waiters_.empty() && (steady || leases_.empty())) break;
    if (steady)
      for (instance_id id = 0; id < gates_.size(); ++id)
        if (gates_[id].is_open() && gates_[id].leases() == 0) enter(id);
    do end_present_leases(steady);
    while (std::ranges::any_of(leases_, [&](instance_id id) { return !gates_[id].is_open(); }));
    if (waiters_.empty()) continue;
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

std::optional<instance_id> fleet_model::open_instance(role_id role) const {
  for (const auto id : known_.roles[role].instances)
    if (gates_[id].is_open()) return id;
  return std::nullopt;
}

void fleet_model::enter(instance_id instance) {
  bool idle_notice = false;
  expect(gates_[instance].enter(now_, idle_notice), "an open gate lets in");
  leases_.push_back(instance);
}

void fleet_model::leave(instance_id instance) {
  if (gates_[instance].leave(now_)) feed(instance_idle{instance});
}

void fleet_model::feed(event e) {
  events_.push_back(std::move(e));
  drive();
}

void fleet_model::drive() {
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
    perform(actions);
    check_step();
  }
  check_rest();
}

void fleet_model::perform(const std::vector<action>& actions) {
  for (const auto& a : actions) std::visit([this](const auto& what) { perform(what); }, a);
}

void fleet_model::perform(const start& a) {
  expect(processes_[a.instance] == process::none, "nothing is started twice");
  expect(!shutting_down_, "nothing is started while shutting down");
  processes_[a.instance] = process::starting;
  unloading_[a.instance] = false;
}

void fleet_model::perform(const evict& a) {
  expect(!known_.is_hot(a.instance), "a HOT instance is never evicted");
  expect(!planner_.row(a.instance).pinned, "a pinned instance is never evicted");
  expect(seen_[a.instance].leases == 0, "a leased instance is never evicted");
  expect(processes_[a.instance] == process::running, "only what is ready is evicted");
  expect(a.reason == stop_reason::evicted || a.reason == stop_reason::idle,
         "evictions have their own reasons");
  // Somebody is faster than the closing of the gate; behind a closed one, a refused caller is still
  // counted.
  const bool too_late = chance(15);
  if (too_late && gates_[a.instance].is_open()) enter(a.instance);
  if (!too_late && gates_[a.instance].close_if_idle())
    processes_[a.instance] = process::stopping;
  else
    events_.push_back(eviction_failed{a.instance});
}

void fleet_model::perform(const stop& a) {
  expect(processes_[a.instance] != process::none, "only what has a process is stopped");
  expect(a.reason == (shutting_down_ ? stop_reason::shutdown : stop_reason::operator_request),
         "only operators and shutting down stop what may be leased or HOT");
  expect(shutting_down_ || unloading_[a.instance], "operators stop only what they unloaded");
  gates_[a.instance].close();
  processes_[a.instance] = process::stopping;
}

void fleet_model::perform(const close_gate& a) {
  expect(processes_[a.instance] == process::running, "only ready instances have gates to close");
  expect(unloading_[a.instance] || (!known_.is_hot(a.instance) && !planner_.row(a.instance).pinned),
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
  const auto& instances = known_.roles[found->second.role].instances;
  expect(std::ranges::count(instances, a.instance) == 1, "grants lead to an instance of the role");
  bool idle_notice = false;
  if (!gates_[a.instance].enter(now_, idle_notice))
    throw violation("grants lead through an open gate");
  leases_.push_back(a.instance);
  waiters_.erase(found);
}

void fleet_model::perform(const refuse& a) {
  const auto found = waiters_.find(a.waiter);
  expect(found != waiters_.end(), "only who waits is refused, and once");
  expect(!a.why.message.empty(), "refusals say why");
  if (a.why.code == refusal_code::deadline) {
    expect(found->second.deadline <= now_, "nobody is refused before its deadline");
    expect(!patient_, "who has time is served in time");
  }
  waiters_.erase(found);
}

std::vector<activity> fleet_model::activity_now() const {
  std::vector<activity> use;
  use.reserve(gates_.size());
  for (const auto& g : gates_) use.push_back({g.leases(), g.last_used(), g.is_open()});
  return use;
}

void fleet_model::check_step() const {
  byte_count reserved = 0;
  for (instance_id id = 0; id < known_.instances.size(); ++id)
    if (is_reserved(planner_.row(id).state)) reserved += known_.instances[id].footprint;
  expect(planner_.reserved() == reserved, "reservations are the footprints of what is resident");
  expect(reserved <= known_.budget, "reserved memory never exceeds the budget");
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
  for (const auto& [id, asked] : waiters_)
    expect(!open_instance(asked.role), "nobody waits for a role whose gate is open");
  const auto next = planner_.next_tick(activity_now());
  expect(!next || *next > now_ || steps_ == 0, "ticks lie ahead");
}

}  // namespace rolecall::residency::tests
