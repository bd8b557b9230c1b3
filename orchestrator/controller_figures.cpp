// What the controller shows of the fleet in its metrics, and what it tells requests that waited.

#include "orchestrator/controller.hpp"

#include <algorithm>

namespace rolecall {

using residency::instance_id;
using residency::role_id;
using supervision::instance_state;

namespace {

// More than leave during one wait.
constexpr std::size_t most_evictions = 256;

std::chrono::duration<double> overlap(proxy::time_point since, proxy::time_point until,
                                      proxy::time_point from, proxy::time_point to) {
  const auto begun = std::max(since, from);
  const auto ended = std::min(until, to);
  return ended > begun ? ended - begun : proxy::time_point::duration{0};
}

}  // namespace

metrics::instance_metrics& controller::shown(instance_id id) {
  return metrics_.of(role_name(id), plan_.upstreams[id]->name);
}

void controller::show(instance_id id) {
  shown(id).state(to_string(state_of(id)));
  shown(id).footprint(planner_.known().bytes_of(id));
}

void controller::show(instance_id id, const supervision::transition& t) {
  auto& series = shown(id);
  const auto& name = plan_.upstreams[id]->name;
  const auto& supervisor = *supervisors_[id];
  series.state(to_string(t.to));
  series.generation(static_cast<std::uint64_t>(supervisor.generation()));
  if (t.load_failed) series.load_failed(t.reason);
  if (t.from == instance_state::backoff && (t.to == instance_state::starting || t.wants_start))
    series.restarted(t.reason);
  switch (t.to) {
    case instance_state::starting:
      figures_.process_began(role_name(id), name);
      break;
    case instance_state::ready:
      series.ready_since(std::chrono::system_clock::now());
      if (t.from == instance_state::starting) show_load(id);  // otherwise it was adopted
      figures_.watch(id, {role_name(id), name, plan_.upstreams[id]->port, supervisor.pid()});
      return;
    case instance_state::draining:
      return;  // it still serves
    case instance_state::stopping:
    case instance_state::stopped:
    case instance_state::backoff:
    case instance_state::failed:
      break;
  }
  series.ready_since(std::nullopt);
  figures_.forget(id);
}

void controller::show_load(instance_id id) {
  shown(id).load_finished(supervisors_[id]->last_load());
  const auto phases = supervisors_[id]->last_load_phases();
  if (!phases) return;
  for (const auto phase : supervision::every_load_phase)
    shown(id).load_phase(to_string(phase), phases->spent_on(phase));
}

std::optional<double> controller::loaded_ratio(instance_id id) const {
  const auto load = supervisors_[id] ? supervisors_[id]->present_load() : std::nullopt;
  return load ? supervision::load_ratio(*load, plan_.estimates[id].total()) : std::nullopt;
}

std::optional<admin::load_status> controller::load_status(instance_id id) const {
  const auto load = supervisors_[id] ? supervisors_[id]->present_load() : std::nullopt;
  if (const auto since = planner_.wanted_since(id); !load && since)
    return admin::load_status{
        .phase = to_string(supervision::load_phase::evicting),
        .ratio = 0,
        .bytes_per_second = std::nullopt,
        .elapsed_seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - *since).count()};
  if (!load) return std::nullopt;
  return admin::load_status{.phase = to_string(load->phase),
                            .ratio = loaded_ratio(id),
                            .bytes_per_second = load->bytes_per_second,
                            .elapsed_seconds = load->elapsed.count()};
}

metrics::role_speed controller::speed_of(role_id role) const {
  const auto& serving = plan_.catalogue.roles[plan_.catalogue.serving_role(role)].name;
  return figures_.speed(serving, plan_.role(role).expected_speed);
}

void controller::remember_eviction(instance_id victim, role_id made_room_for) {
  if (evictions_.size() == most_evictions) evictions_.pop_front();
  evictions_.push_back({.at = std::chrono::steady_clock::now(),
                        .role = role_name(victim),
                        .made_room_for = plan_.catalogue.serving_role(made_room_for)});
}

// Of several instances, the one that was starting for longest kept it waiting.
proxy::wait_story controller::story_of(role_id role, proxy::time_point since) const {
  const auto now = std::chrono::steady_clock::now();
  proxy::wait_story story;
  for (const auto id : plan_.catalogue.roles[role].instances) {
    if (!supervisors_[id]) continue;
    const auto& supervisor = *supervisors_[id];
    if (supervisor.state() == instance_state::starting)
      story.load = std::max(story.load, overlap(since, now, supervisor.since(), now));
    if (supervisor.state() == instance_state::ready)
      story.load = std::max(
          story.load,
          overlap(since, now, supervisor.since() - supervisor.last_load(), supervisor.since()));
  }
  const auto serving = plan_.catalogue.serving_role(role);
  for (const auto& past : evictions_)
    if (past.at >= since && past.made_room_for == serving &&
        std::ranges::count(story.evicted, past.role) == 0)
      story.evicted.push_back(past.role);
  return story;
}

std::string controller::metrics_text() {
  metrics_.host().budget(planner_.budget(), planner_.reserved());
  for (role_id id = 0; id < plan_.catalogue.roles.size(); ++id)
    if (!plan_.catalogue.roles[id].retired) show_role(id);
  for (const auto& upstream : plan_.upstreams)
    if (!plan_.catalogue.instances[upstream->id].retired) show_use(upstream->id);
  figures_.refresh();
  return metrics_.text();
}

void controller::show_role(role_id id) {
  const auto& role = plan_.catalogue.roles[id];
  for (const auto priority :
       {residency::request_priority::interactive, residency::request_priority::background})
    metrics_.waiting(role.name, to_string(priority), planner_.waiting(id, priority));
  metrics_.tier(role.name, name_of(role.tier));
  metrics_.speed(role.name, speed_of(id));
}

void controller::show_use(instance_id id) {
  auto& series = shown(id);
  const auto& gate = plan_.upstreams[id]->gate;
  series.slots(gate.slots_taken(), gate.capacity());
  series.leases(gate.leases());
  series.load_ratio(loaded_ratio(id));
  series.reserved(reserved_bytes(id));
  series.estimated(plan_.estimates[id].total());
  if (const auto* learned = learned_.find(plan_.fingerprints[id]))
    series.learned(learned->peak_private + plan_.estimates[id].mapped_bytes());
}

}  // namespace rolecall
