// What the controller knows of memory: measured, learned, and what strangers leave of it.

#include "orchestrator/controller.hpp"
#include "orchestrator/log/log_line.hpp"
#include "orchestrator/memory/pressure.hpp"
#include "registry/quantities.hpp"

#include <algorithm>
#include <cmath>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall {

namespace asio = boost::asio;
using registry::byte_count;
using registry::format_bytes;
using residency::instance_id;
using residency::role_id;
using supervision::instance_state;

namespace {

constexpr std::chrono::seconds save_interval{60};

}  // namespace

// Mapped weights of ready instances as far as they are in memory. File pages behind repacked copies
// are there, too, and nobody needs them.
byte_count controller::needed_files() const {
  byte_count bytes = 0;
  for (instance_id id = 0; id < measured_.size(); ++id)
    if (measured_[id])
      bytes += std::min(measured_[id]->memory.file, plan_.estimates[id].mapped_bytes());
  return bytes;
}

void controller::host_measured(const launcher::host_memory& host) {
  host_ = host;
  const auto own_files = needed_files();
  const auto missing = memory::missing_memory(host, own_files, floor_);
  metrics_.host().memory_left(host.left() - std::min(host.left(), own_files), missing);
  if ((missing > 0) != (missing_ > 0)) {
    const auto text = missing > 0
                          ? host.limited_by() + " has " + format_bytes(missing) +
                                " less memory left than host.memory.floor asks for: nothing is "
                                "loaded, idle WARM roles leave"
                          : host.limited_by() + " has enough memory left again";
    log_line(missing > 0 ? priority::warning : priority::notice, "memory", component::memory)
        .with("reason", text)
        .with("left_bytes", static_cast<std::int64_t>(host.left()))
        .with("fleet_files_bytes", static_cast<std::int64_t>(own_files))
        .with("floor_bytes", static_cast<std::int64_t>(floor_));
    history_.append({.kind = "memory", .role = {}, .instance = {}, .text = text});
  }
  const bool was_missing = missing_ > 0;
  missing_ = missing;
  if ((missing > 0 || was_missing) && !shutting_down_) feed(residency::host_memory{missing});
}

// A process that is up is measured, one that loads would keep its reader waiting.
void controller::watch_memory(instance_id id, instance_state state) {
  if (state == instance_state::ready) {
    memory_watch_.watch(id, supervisors_[id]->pid());
    return;
  }
  memory_watch_.forget(id);
  if (!measured_[id]) return;
  measured_[id].reset();
  shown(id).memory_gone();
}

void controller::process_measured(instance_id id, const launcher::process_memory& memory) {
  if (!supervisors_[id]) return;  // a reload was faster
  const auto& gate = plan_.upstreams[id]->gate;
  const auto now = std::chrono::steady_clock::now();
  const auto since = measured_[id] ? measured_[id]->at : supervisors_[id]->since();
  const bool worked = gate.leases() > 0 || gate.last_used() > since;
  measured_[id] = measurement{memory, now};
  shown(id).memory(
      {.pss = memory.pss, .anon = memory.anon, .file = memory.file, .swapped = memory.swapped});
  const auto& learned = learned_.record(
      plan_.fingerprints[id], role_name(id), plan_.instances[id]->model.string(),
      plan_.estimates[id].private_bytes(), memory, worked, std::chrono::system_clock::now());
  learned_is_saved_ = false;
  report_misestimate(id, learned);
  apply_learned(id, learned);
}

// Replicas, and roles that run the same command, learn from each other.
void controller::apply_learned(instance_id measured, const memory::learned_footprint& learned) {
  for (instance_id id = 0; id < plan_.fingerprints.size(); ++id) {
    if (plan_.fingerprints[id] != plan_.fingerprints[measured]) continue;
    if (plan_.catalogue.instances[id].retired && is_gone(id)) continue;
    const auto bytes = memory::private_bytes_to_reserve(plan_.estimates[id], &learned);
    if (bytes == planner_.known().instances[id].footprint) continue;
    feed(residency::footprint_changed{id, bytes});
    shown(id).footprint(planner_.known().bytes_of(id));
  }
}

void controller::report_misestimate(instance_id id, const memory::learned_footprint& learned) {
  const auto estimate = plan_.estimates[id];
  const auto error = memory::estimate_error(estimate, learned);
  if (!error || std::abs(*error) <= memory::tolerated_error) return;
  if (!reported_.insert(plan_.fingerprints[id]).second) return;
  metrics_.misestimated(role_name(id));
  log_line(priority::warning, "footprint_misestimated", component::memory)
      .with("role", role_name(id))
      .with("instance", plan_.upstreams[id]->name)
      .with("estimated", format_bytes(estimate.total()))
      .with("measured", format_bytes(learned.peak_private + estimate.mapped_bytes()))
      .with("error_percent", static_cast<std::int64_t>(std::lround(*error * 100)));
}

// The registry's check knows estimates; with what was learned since, HOT roles may need more than
// the budget. Those that fit are kept, and the others are named.
void controller::report_hot_without_room() {
  for (instance_id id = 0; id < plan_.instances.size(); ++id) {
    if (!plan_.catalogue.is_hot(id) || !plan_.instances[id] || planner_.is_demanded(id) ||
        planner_.row(id).state != residency::presence::absent)
      continue;
    const auto text =
        "cannot load HOT instance " + plan_.upstreams[id]->name + ": it needs " +
        format_bytes(planner_.known().bytes_of(id)) + ", measured peaks included, and " +
        format_bytes(planner_.budget() - std::min(planner_.budget(), planner_.reserved())) +
        " of the budget of " + format_bytes(planner_.budget()) +
        " are left; raise host.memory.budget, lower contexts, or make a role warm";
    without_room_.insert(plan_.catalogue.instances[id].role);
    log_line(priority::error, "hot_without_room", component::residency)
        .with("role", role_name(id))
        .with("reason", text);
    remember("memory", id, text);
  }
}

asio::awaitable<void> controller::keep_learned() {
  for (;;) {
    asio::steady_timer timer(control_, save_interval);
    co_await timer.async_wait(asio::use_awaitable);
    co_await save_learned();
  }
}

asio::awaitable<void> controller::save_learned() {
  while (is_saving_) {  // two writers would share one draft
    asio::steady_timer timer(control_, std::chrono::milliseconds{10});
    co_await timer.async_wait(asio::use_awaitable);
  }
  if (learned_is_saved_) co_return;
  learned_is_saved_ = true;
  is_saving_ = true;
  const auto file = registry().host.state_dir / memory::learned_footprints_file;
  const auto failure = co_await memory_watch_.write(file, learned_.to_json());
  is_saving_ = false;
  if (failure.empty()) {
    unsaved_learned_.succeeded();
    co_return;
  }
  learned_is_saved_ = false;
  unsaved_learned_.failed(failure);
}

admin::host_memory_status controller::host_status() const {
  const auto own_files = needed_files();
  return {.available = host_.left(),
          .fleet_files = own_files,
          .floor = floor_,
          .missing = missing_,
          .stalled = host_.stalled,
          .limited_by = host_.limited_by()};
}

std::optional<admin::learned_memory> controller::learned_status(role_id role) const {
  const auto first = plan_.catalogue.roles[role].instances.front();
  const auto* learned = learned_.find(plan_.fingerprints[first]);
  if (learned == nullptr) return std::nullopt;
  return admin::learned_memory{.private_bytes = learned->peak_private,
                               .pss = learned->peak_pss,
                               .samples = learned->samples,
                               .proven = memory::is_proven(*learned),
                               .reserve_bytes = planner_.known().instances[first].footprint,
                               .error = memory::estimate_error(plan_.estimates[first], *learned)};
}

}  // namespace rolecall
