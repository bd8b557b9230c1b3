#include "fleet_simulation.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace rolecall::bench {

using namespace residency;

namespace {

constexpr double bytes_per_second = 4.77e9;  // 120 GiB in 27 s, measured on the reference host
constexpr double start_seconds = 2;          // a process without its weights
constexpr double exit_seconds = 3;
constexpr double deadline_seconds = 600;  // the registry's default
constexpr double forever = std::numeric_limits<double>::infinity();

catalogue with(catalogue known, policy order) {
  known.eviction = order == policy::load_cost ? registry::eviction_order::load_cost
                                              : registry::eviction_order::lru;
  return known;
}

}  // namespace

fleet_simulation::fleet_simulation(catalogue known, const arrival_trace& trace, policy order)
    : trace_(trace),
      order_(order),
      planner_(with(std::move(known), order)),
      processes_(planner_.known().instances.size()),
      wanted_at_(processes_.size()) {
  for (const auto& a : trace.arrivals)
    wanted_at_[planner_.known().roles[a.role].instances.front()].push_back(a.at);
}

outcome fleet_simulation::run() {
  auto next = trace_.arrivals.begin();
  for (;;) {
    const auto tick_at = planner_.next_tick(use());
    const auto arrives = next == trace_.arrivals.end() ? forever : next->at;
    const auto happens = due_.empty() ? forever : due_.top().at;
    const auto ticks =
        tick_at ? std::chrono::duration<double>(*tick_at - time_of(0)).count() : forever;
    now_ = std::max(now_, std::min({arrives, happens, ticks}));
    if (now_ == forever) break;
    if (happens <= std::min(arrives, ticks)) {
      const auto first = due_.top();
      due_.pop();
      take(first);
    } else if (arrives <= ticks) {
      take(*next++);
    } else {
      feed(tick{});
    }
  }
  std::ranges::sort(result_.waits);
  return std::move(result_);
}

void fleet_simulation::take(const arrival& a) {
  ++result_.requests;
  const auto instance = planner_.known().roles[a.role].instances.front();
  if (processes_[instance].use.open) {
    ++result_.hits;
    result_.waits.push_back(0);
    enter(instance, a.duration);
    return;
  }
  waiters_.push_back(&a);
  feed(lease_requested{waiters_.size() - 1, a.role, time_of(now_ + deadline_seconds)});
}

void fleet_simulation::take(const timed& t) {
  switch (t.what) {
    case happening::ready:
      processes_[t.instance].use.open = true;
      feed(instance_became_ready{t.instance});
      break;
    case happening::served:
      leave(t.instance);
      break;
    case happening::exited:
      feed(instance_exited{t.instance, false, false, "stopped"});
      break;
  }
}

void fleet_simulation::enter(instance_id instance, double duration) {
  auto& use = processes_[instance].use;
  ++use.leases;
  use.last_used = time_of(now_);
  after(duration, happening::served, instance);
}

void fleet_simulation::leave(instance_id instance) {
  auto& p = processes_[instance];
  p.use.last_used = time_of(now_);
  if (--p.use.leases == 0 && std::exchange(p.watched, false)) feed(instance_idle{instance});
}

void fleet_simulation::feed(event e) {
  events_.push_back(std::move(e));
  if (events_.size() > 1) return;  // an action's consequence: its turn comes
  while (!events_.empty()) {
    for (const auto& a : planner_.step(events_.front(), time_of(now_), use())) perform(a);
    events_.pop_front();
  }
}

void fleet_simulation::perform(const action& a) {
  if (const auto* started = std::get_if<start>(&a)) {
    load(started->instance);
  } else if (const auto* evicted = std::get_if<evict>(&a)) {
    processes_[evicted->instance].use.open = false;
    after(exit_seconds, happening::exited, evicted->instance);
  } else if (const auto* closed = std::get_if<close_gate>(&a)) {
    processes_[closed->instance].use.open = false;
    watch(closed->instance);
  } else if (const auto* opened = std::get_if<open_gate>(&a)) {
    processes_[opened->instance].use.open = true;
  } else if (const auto* watched = std::get_if<watch_idle>(&a)) {
    watch(watched->instance);
  } else if (const auto* granted = std::get_if<grant>(&a)) {
    const auto* request = std::exchange(waiters_[granted->waiter], nullptr);
    result_.waits.push_back(now_ - request->at);
    enter(granted->instance, request->duration);
  } else if (const auto* refused = std::get_if<refuse>(&a)) {
    waiters_[refused->waiter] = nullptr;
    ++result_.refused;
  }
}

// The planner counts it as reserved already: what nobody else maps is what has to be read.
void fleet_simulation::load(instance_id instance) {
  const auto& known = planner_.known();
  byte_count to_read = 0;
  for (const auto file : known.instances[instance].files) {
    bool held = false;
    for (instance_id other = 0; other < processes_.size(); ++other)
      held = held || (other != instance && is_reserved(planner_.row(other).state) &&
                      std::ranges::count(known.instances[other].files, file) > 0);
    if (!held) to_read += known.files[file].bytes;
  }
  ++result_.loads;
  result_.loaded += to_read;
  disk_free_at_ = std::max(disk_free_at_, now_) + static_cast<double>(to_read) / bytes_per_second;
  after(disk_free_at_ - now_ + start_seconds, happening::ready, instance);
}

void fleet_simulation::after(double delay, happening what, instance_id instance) {
  due_.push({now_ + delay, scheduled_++, what, instance});
}

void fleet_simulation::watch(instance_id instance) {
  if (processes_[instance].use.leases == 0)
    events_.push_back(instance_idle{instance});
  else
    processes_[instance].watched = true;
}

std::vector<activity> fleet_simulation::use() const {
  std::vector<activity> list;
  list.reserve(processes_.size());
  for (instance_id id = 0; id < processes_.size(); ++id) {
    list.push_back(processes_[id].use);
    if (order_ == policy::offline) list.back().last_used = as_last_used(id);
  }
  return list;
}

time_point fleet_simulation::time_of(double at) const {
  return time_point{std::chrono::hours{1}} +
         std::chrono::ceil<std::chrono::milliseconds>(std::chrono::duration<double>(at));
}

// Tells the planner's order of least recent use the future: the later an instance is wanted again,
// the longer ago it seems to have been used; and never before it became ready.
time_point fleet_simulation::as_last_used(instance_id instance) const {
  const auto& times = wanted_at_[instance];
  const auto next = std::ranges::upper_bound(times, now_);
  constexpr double end = 1e9;  // after every request
  return time_of(2 * end - (next == times.end() ? end : *next));
}

}  // namespace rolecall::bench
