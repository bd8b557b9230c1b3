#include "orchestrator/admin/status_reader.hpp"

#include <rapidjson/document.h>

namespace rolecall::admin {
namespace {

using rapidjson::Value;

const Value* find(const Value& object, const char* name) {
  if (!object.IsObject()) return nullptr;
  const auto member = object.FindMember(name);
  return member == object.MemberEnd() ? nullptr : &member->value;
}

std::string text(const Value& value) { return {value.GetString(), value.GetStringLength()}; }

void get(const Value& object, const char* name, std::string& target) {
  if (const auto* v = find(object, name); v != nullptr && v->IsString()) target = text(*v);
}
void get(const Value& object, const char* name, bool& target) {
  if (const auto* v = find(object, name); v != nullptr && v->IsBool()) target = v->GetBool();
}
void get(const Value& object, const char* name, int& target) {
  if (const auto* v = find(object, name); v != nullptr && v->IsInt()) target = v->GetInt();
}
void get(const Value& object, const char* name, std::uint16_t& target) {
  int number = target;
  get(object, name, number);
  if (number >= 0 && number <= UINT16_MAX) target = static_cast<std::uint16_t>(number);
}
void get(const Value& object, const char* name, std::uint32_t& target) {
  if (const auto* v = find(object, name); v != nullptr && v->IsUint()) target = v->GetUint();
}
void get(const Value& object, const char* name, std::uint64_t& target) {
  if (const auto* v = find(object, name); v != nullptr && v->IsUint64()) target = v->GetUint64();
}
void get(const Value& object, const char* name, std::int64_t& target) {
  if (const auto* v = find(object, name); v != nullptr && v->IsInt64()) target = v->GetInt64();
}
void get(const Value& object, const char* name, double& target) {
  if (const auto* v = find(object, name); v != nullptr && v->IsNumber()) target = v->GetDouble();
}
void get(const Value& object, const char* name, std::optional<double>& target) {
  if (const auto* v = find(object, name); v != nullptr && v->IsNumber()) target = v->GetDouble();
}
void get(const Value& object, const char* name, std::vector<std::string>& target) {
  const auto* v = find(object, name);
  if (v == nullptr || !v->IsArray()) return;
  for (const auto& element : v->GetArray())
    if (element.IsString()) target.push_back(text(element));
}

load_status read_load(const Value& object) {
  load_status l;
  get(object, "phase", l.phase);
  get(object, "ratio", l.ratio);
  get(object, "bytes_per_second", l.bytes_per_second);
  get(object, "elapsed_seconds", l.elapsed_seconds);
  return l;
}

engine_status read_engine(const Value& object) {
  engine_status e;
  get(object, "age_seconds", e.age_seconds);
  get(object, "slots_busy", e.slots_busy);
  get(object, "deferred", e.deferred);
  get(object, "tokens_per_second", e.tokens_per_second);
  return e;
}

instance_status read_instance(const Value& object) {
  instance_status i;
  get(object, "name", i.name);
  get(object, "state", i.state);
  get(object, "reason", i.reason);
  get(object, "reason_kind", i.reason_kind);
  get(object, "port", i.port);
  get(object, "pid", i.pid);
  get(object, "generation", i.generation);
  get(object, "restarts", i.restarts);
  get(object, "leases", i.leases);
  get(object, "since_seconds", i.since_seconds);
  get(object, "idle_seconds", i.idle_seconds);
  get(object, "load_seconds", i.load_seconds);
  get(object, "reserved_bytes", i.reserved_bytes);
  if (const auto* m = find(object, "memory"); m != nullptr && m->IsObject()) {
    i.memory.emplace();
    get(*m, "pss_bytes", i.memory->pss);
    get(*m, "anon_bytes", i.memory->anon);
    get(*m, "file_bytes", i.memory->file);
    get(*m, "swapped_bytes", i.memory->swapped);
  }
  if (const auto* l = find(object, "load"); l != nullptr && l->IsObject()) i.load = read_load(*l);
  if (const auto* e = find(object, "engine"); e != nullptr && e->IsObject())
    i.engine = read_engine(*e);
  get(object, "log", i.log);
  return i;
}

registry::footprint read_footprint(const Value& object) {
  registry::footprint f;
  get(object, "weights_bytes", f.weights);
  get(object, "mmproj_bytes", f.mmproj);
  get(object, "draft_bytes", f.draft);
  get(object, "kv_cache_bytes", f.kv_cache);
  get(object, "state_bytes", f.state);
  get(object, "draft_kv_cache_bytes", f.draft_kv_cache);
  get(object, "compute_bytes", f.compute);
  get(object, "cache_ram_bytes", f.cache_ram);
  get(object, "checkpoints_bytes", f.checkpoints);
  get(object, "overhead_bytes", f.overhead);
  registry::mapped_file mapped;
  get(object, "mapped_bytes", mapped.bytes);
  if (mapped.bytes > 0) f.mapped.push_back(mapped);
  return f;
}

learned_memory read_learned(const Value& object) {
  learned_memory l;
  get(object, "private_bytes", l.private_bytes);
  get(object, "pss_bytes", l.pss);
  get(object, "samples", l.samples);
  get(object, "proven", l.proven);
  get(object, "reserve_bytes", l.reserve_bytes);
  get(object, "error", l.error);
  return l;
}

host_memory_status read_host(const Value& object) {
  host_memory_status h;
  get(object, "available_bytes", h.available);
  get(object, "fleet_files_bytes", h.fleet_files);
  get(object, "floor_bytes", h.floor);
  get(object, "missing_bytes", h.missing);
  get(object, "stalled", h.stalled);
  get(object, "limited_by", h.limited_by);
  return h;
}

role_status read_role(const Value& object) {
  role_status r;
  get(object, "name", r.name);
  get(object, "model", r.model);
  get(object, "quant", r.quant);
  get(object, "tier", r.tier);
  get(object, "shares", r.shares);
  get(object, "aliases", r.aliases);
  get(object, "pinned", r.pinned);
  std::uint64_t waiting = 0;
  get(object, "waiting", waiting);
  r.waiting = static_cast<std::size_t>(waiting);
  get(object, "in_flight", r.in_flight);
  get(object, "tokens_per_second", r.tokens_per_second);
  get(object, "speed", r.speed);
  get(object, "expected_speed", r.expected_speed);
  get(object, "acceptance", r.acceptance);
  get(object, "priority", r.priority);
  if (const auto* f = find(object, "footprint")) r.footprint = read_footprint(*f);
  if (const auto* l = find(object, "learned"); l != nullptr && l->IsObject())
    r.learned = read_learned(*l);
  if (const auto* list = find(object, "instances"); list != nullptr && list->IsArray())
    for (const auto& element : list->GetArray()) r.instances.push_back(read_instance(element));
  return r;
}

/// An object with the member that tells its kind, or nothing.
bool parse(rapidjson::Document& document, std::string_view json, const char* kind) {
  document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
  return !document.HasParseError() && find(document, kind) != nullptr;
}

}  // namespace

std::optional<fleet_status> read_fleet_status(std::string_view json) {
  rapidjson::Document document;
  if (!parse(document, json, "roles")) return std::nullopt;
  fleet_status s;
  get(document, "version", s.version);
  get(document, "engine", s.engine);
  get(document, "registry", s.registry_file);
  get(document, "registry_generation", s.registry.generation);
  get(document, "registry_loaded_at", s.registry.loaded_at);
  get(document, "registry_hash", s.registry.hash);
  get(document, "registry_drift", s.registry.drift);
  get(document, "waits_for_restart", s.registry.waiting);
  get(document, "uptime_seconds", s.uptime_seconds);
  get(document, "listen", s.listen);
  if (const auto* memory = find(document, "memory")) {
    get(*memory, "total_bytes", s.memory_total);
    get(*memory, "budget_bytes", s.budget);
    get(*memory, "reserved_bytes", s.reserved);
    if (const auto* host = find(*memory, "host")) s.host = read_host(*host);
  }
  if (const auto* roles = find(document, "roles"); roles->IsArray())
    for (const auto& element : roles->GetArray()) s.roles.push_back(read_role(element));
  return s;
}

std::optional<role_status> read_role_status(std::string_view json) {
  rapidjson::Document document;
  if (!parse(document, json, "instances")) return std::nullopt;
  return read_role(document);
}

std::optional<load_plan> read_load_plan(std::string_view json) {
  rapidjson::Document document;
  if (!parse(document, json, "decision")) return std::nullopt;
  load_plan plan;
  get(document, "role", plan.role);
  get(document, "decision", plan.decision);
  get(document, "verdict", plan.verdict);
  get(document, "needed_bytes", plan.needed_bytes);
  get(document, "held_bytes", plan.held_bytes);
  get(document, "free_bytes", plan.free_bytes);
  const auto* victims = find(document, "victims");
  if (victims == nullptr || !victims->IsArray()) return plan;
  for (const auto& object : victims->GetArray()) {
    auto& v = plan.victims.emplace_back();
    get(object, "instance", v.instance);
    get(object, "idle_seconds", v.idle_seconds);
    get(object, "freed_bytes", v.freed_bytes);
    get(object, "reason", v.reason);
  }
  return plan;
}

namespace {

std::vector<reload_plan::setting> read_settings(const Value& object, const char* name) {
  std::vector<reload_plan::setting> settings;
  const auto* list = find(object, name);
  if (list == nullptr || !list->IsArray()) return settings;
  for (const auto& element : list->GetArray()) {
    auto& s = settings.emplace_back();
    get(element, "key", s.key);
    get(element, "before", s.before);
    get(element, "after", s.after);
    get(element, "waits_for_restart", s.waits);
  }
  return settings;
}

}  // namespace

std::optional<reload_plan> read_reload_plan(std::string_view json) {
  using change = reload_plan::change;
  rapidjson::Document document;
  if (!parse(document, json, "applied")) return std::nullopt;
  reload_plan plan;
  get(document, "applied", plan.applied);
  get(document, "generation", plan.generation);
  get(document, "notes", plan.notes);
  plan.host = read_settings(document, "host");
  const auto* roles = find(document, "roles");
  if (roles == nullptr || !roles->IsArray()) return plan;
  for (const auto& element : roles->GetArray()) {
    auto& role = plan.roles.emplace_back();
    std::string word;
    get(element, "name", role.name);
    get(element, "tier", role.tier);
    get(element, "why", role.why);
    get(element, "change", word);
    for (const auto what : {change::now, change::restart, change::added, change::removed})
      if (word == to_string(what)) role.what = what;
    role.settings = read_settings(element, "settings");
  }
  return plan;
}

std::optional<fleet_event> read_fleet_event(std::string_view json) {
  rapidjson::Document document;
  if (!parse(document, json, "id")) return std::nullopt;
  fleet_event e;
  get(document, "id", e.id);
  get(document, "unix_milliseconds", e.unix_milliseconds);
  get(document, "kind", e.kind);
  get(document, "role", e.role);
  get(document, "instance", e.instance);
  get(document, "text", e.text);
  return e;
}

}  // namespace rolecall::admin
