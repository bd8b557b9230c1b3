#include "orchestrator/admin/status.hpp"

#include "orchestrator/admin/json_text.hpp"

#include <algorithm>
#include <array>

namespace rolecall::admin {
namespace {

/// How useful an instance in this state is to a request, most useful first.
constexpr std::array<std::string_view, 7> nearest_to_serving{
    "ready", "starting", "draining", "backoff", "stopping", "stopped", "failed"};

std::size_t distance_from_serving(std::string_view state) {
  return static_cast<std::size_t>(std::ranges::find(nearest_to_serving, state) -
                                  nearest_to_serving.begin());
}

void write(json_text& json, std::string_view name, const std::optional<double>& number) {
  if (number)
    json.member(name, *number);
  else
    json.null_member(name);
}

void write(json_text& json, const registry::footprint& f) {
  json.begin_object();
  json.member("weights_bytes", f.weights);
  json.member("mmproj_bytes", f.mmproj);
  json.member("draft_bytes", f.draft);
  json.member("kv_cache_bytes", f.kv_cache);
  json.member("state_bytes", f.state);
  json.member("draft_kv_cache_bytes", f.draft_kv_cache);
  json.member("compute_bytes", f.compute);
  json.member("cache_ram_bytes", f.cache_ram);
  json.member("checkpoints_bytes", f.checkpoints);
  json.member("overhead_bytes", f.overhead);
  json.member("total_bytes", f.total());
  json.member("mapped_bytes", f.mapped_bytes());
  json.end_object();
}

void write(json_text& json, const std::optional<measured_memory>& m) {
  if (!m) return json.null_member("memory");
  json.key("memory").begin_object();
  json.member("pss_bytes", m->pss);
  json.member("anon_bytes", m->anon);
  json.member("file_bytes", m->file);
  json.member("swapped_bytes", m->swapped);
  json.end_object();
}

void write(json_text& json, const std::optional<learned_memory>& l) {
  if (!l) return json.null_member("learned");
  json.key("learned").begin_object();
  json.member("private_bytes", l->private_bytes);
  json.member("pss_bytes", l->pss);
  json.member("samples", l->samples);
  json.member("proven", l->proven);
  json.member("reserve_bytes", l->reserve_bytes);
  write(json, "error", l->error);
  json.end_object();
}

void write(json_text& json, const std::optional<load_status>& l) {
  if (!l) return json.null_member("load");
  json.key("load").begin_object();
  json.member("phase", l->phase);
  write(json, "ratio", l->ratio);
  write(json, "bytes_per_second", l->bytes_per_second);
  json.member("elapsed_seconds", l->elapsed_seconds);
  json.end_object();
}

void write(json_text& json, const std::optional<engine_status>& e) {
  if (!e) return json.null_member("engine");
  json.key("engine").begin_object();
  json.member("age_seconds", e->age_seconds);
  json.member("slots_busy", static_cast<std::uint64_t>(e->slots_busy));
  json.member("deferred", static_cast<std::uint64_t>(e->deferred));
  json.member("tokens_per_second", e->tokens_per_second);
  json.end_object();
}

void write(json_text& json, const host_memory_status& h) {
  json.key("host").begin_object();
  json.member("available_bytes", h.available);
  json.member("fleet_files_bytes", h.fleet_files);
  json.member("floor_bytes", h.floor);
  json.member("missing_bytes", h.missing);
  json.member("stalled", h.stalled);
  json.member("limited_by", h.limited_by);
  json.end_object();
}

void write(json_text& json, const registry_status& r) {
  json.member("registry_generation", r.generation);
  json.member("registry_loaded_at", r.loaded_at);
  json.member("registry_hash", r.hash);
  json.member("registry_drift", r.drift);
  json.member("waits_for_restart", r.waiting);
}

void write(json_text& json, const instance_status& i) {
  json.begin_object();
  json.member("name", i.name);
  json.member("state", i.state);
  json.member("reason", i.reason);
  json.member("reason_kind", i.reason_kind);
  json.member("port", static_cast<int>(i.port));
  json.member("pid", i.pid);
  json.member("generation", i.generation);
  json.member("restarts", i.restarts);
  json.member("leases", static_cast<std::uint64_t>(i.leases));
  json.member("since_seconds", i.since_seconds);
  json.member("idle_seconds", i.idle_seconds);
  write(json, "load_seconds", i.load_seconds);
  write(json, i.load);
  json.member("reserved_bytes", i.reserved_bytes);
  write(json, i.memory);
  write(json, i.engine);
  json.member("log", i.log);
  json.end_object();
}

void write(json_text& json, const role_status& r) {
  json.begin_object();
  json.member("name", r.name);
  json.member("state", state_of(r));
  json.member("model", r.model);
  json.member("quant", r.quant);
  json.member("tier", r.tier);
  if (r.shares.empty())
    json.null_member("shares");
  else
    json.member("shares", r.shares);
  json.member("aliases", r.aliases);
  json.member("pinned", r.pinned);
  json.member("waiting", static_cast<std::uint64_t>(r.waiting));
  json.member("in_flight", r.in_flight);
  json.member("tokens_per_second", r.tokens_per_second);
  write(json, "speed", r.speed);
  write(json, "expected_speed", r.expected_speed);
  write(json, "acceptance", r.acceptance);
  json.member("priority", r.priority);
  json.key("footprint");
  write(json, r.footprint);
  write(json, r.learned);
  json.key("instances").begin_array();
  for (const auto& instance : r.instances) write(json, instance);
  json.end_array();
  json.end_object();
}

void write_roles(json_text& json, const fleet_status& s) {
  json.key("roles").begin_array();
  for (const auto& role : s.roles) write(json, role);
  json.end_array();
}

void write_budget(json_text& json, const fleet_status& s) {
  json.member("total_bytes", s.memory_total);
  json.member("budget_bytes", s.budget);
  json.member("reserved_bytes", s.reserved);
  json.member("free_bytes", s.budget > s.reserved ? s.budget - s.reserved : std::uint64_t{0});
  write(json, s.host);
}

}  // namespace

std::string state_of(const role_status& role) {
  const auto nearest = std::ranges::min_element(
      role.instances, {},
      [](const instance_status& instance) { return distance_from_serving(instance.state); });
  return nearest == role.instances.end() ? std::string{} : nearest->state;
}

const role_status* find_role(const fleet_status& status, std::string_view name) noexcept {
  for (const auto& role : status.roles)
    if (role.name == name || std::ranges::find(role.aliases, name) != role.aliases.end())
      return &role;
  return nullptr;
}

std::string to_json(const fleet_status& status) {
  json_text json;
  json.begin_object();
  json.member("version", status.version);
  json.member("engine", status.engine);
  json.member("registry", status.registry_file);
  write(json, status.registry);
  json.member("uptime_seconds", status.uptime_seconds);
  json.member("listen", status.listen);
  json.key("memory").begin_object();
  write_budget(json, status);
  json.end_object();
  write_roles(json, status);
  json.end_object();
  return json.text();
}

std::string to_json(const role_status& status) {
  json_text json;
  write(json, status);
  return json.text();
}

std::string roles_json(const fleet_status& status) {
  json_text json;
  json.begin_object();
  write_roles(json, status);
  json.end_object();
  return json.text();
}

std::string to_json(const fleet_event& event) {
  json_text json;
  json.begin_object();
  json.member("id", event.id);
  json.member("unix_milliseconds", event.unix_milliseconds);
  json.member("kind", event.kind);
  json.member("role", event.role);
  json.member("instance", event.instance);
  json.member("text", event.text);
  json.end_object();
  return json.text();
}

std::string memory_json(const fleet_status& status) {
  json_text json;
  json.begin_object();
  write_budget(json, status);
  json.key("roles").begin_array();
  for (const auto& role : status.roles) {
    // A role that shares processes or has none costs nothing of its own.
    if (!role.shares.empty() || role.instances.empty()) continue;
    registry::byte_count reserved = 0;
    for (const auto& instance : role.instances) reserved += instance.reserved_bytes;
    json.begin_object();
    json.member("name", role.name);
    json.member("tier", role.tier);
    json.member("state", state_of(role));
    json.member("instances", static_cast<std::uint64_t>(role.instances.size()));
    json.member("reserved_bytes", reserved);
    json.key("footprint");
    write(json, role.footprint);
    write(json, role.learned);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.text();
}

}  // namespace rolecall::admin
