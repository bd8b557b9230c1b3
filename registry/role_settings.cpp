#include "registry/role_settings.hpp"

#include "registry/quantities.hpp"
#include "registry/words.hpp"

#include <sstream>

namespace rolecall::registry {
namespace {

constexpr const char* none = "-";

std::string words_of(const std::string& text) { return text.empty() ? none : text; }
std::string words_of(int number) { return std::to_string(number); }
std::string words_of(double number) {
  std::ostringstream text;
  text << number;
  return text.str();
}
std::string words_of(bool flag) { return flag ? "true" : "false"; }
std::string words_of(std::chrono::seconds time) { return format_duration(time); }

std::string words_of(const std::vector<std::string>& texts) {
  if (texts.empty()) return none;
  std::string words;
  for (const auto& text : texts) words += (words.empty() ? "" : ", ") + text;
  return "[" + words + "]";
}

std::string words_of(const std::vector<std::uint16_t>& ports) {
  std::vector<std::string> texts;
  for (const auto port : ports) texts.push_back(std::to_string(port));
  return ports.size() == 1 ? texts.front() : words_of(texts);
}

template <typename Value>
std::string words_of(const std::optional<Value>& value) {
  return value ? words_of(*value) : none;
}

/// Collects settings and finds out where each was written.
class settings_builder {
 public:
  settings_builder(const model_registry& registry, const role& r)
      : registry_(registry), writer_(r.shares ? *r.shares : r.name), name_(r.name) {}

  template <typename Value>
  void add(const std::string& key, const Value& value) {
    settings_.push_back({key, words_of(value), origin_of(key)});
  }
  void add_text(const std::string& key, std::string text) {
    settings_.push_back({key, std::move(text), origin_of(key)});
  }

  std::vector<setting> take() { return std::move(settings_); }

 private:
  std::string origin_of(const std::string& key) const {
    // A sharing role's own keys come first, then those of the role whose processes it uses.
    for (const auto& path : {"roles." + name_ + "." + key, "roles." + writer_ + "." + key}) {
      const auto found = registry_.places.find(path);
      if (found != registry_.places.end()) return "line " + std::to_string(found->second.line);
    }
    const auto common = registry_.places.find("defaults." + key);
    if (common != registry_.places.end())
      return "defaults, line " + std::to_string(common->second.line);
    return "default";
  }

  const model_registry& registry_;
  std::string writer_;
  std::string name_;
  std::vector<setting> settings_;
};

void add_identity(settings_builder& all, const role& r) {
  all.add("model", r.model);
  all.add_text("tier", std::string{name_of(r.tier)});
  all.add(r.ports.size() > 1 ? "ports" : "port", r.ports);
  all.add("shares", r.shares);
  std::vector<std::string> doors;
  for (const auto& where : r.listen) doors.push_back(to_string(where));
  all.add("listen", doors);
  all.add("aliases", r.aliases);
  all.add("description", r.description);
  all.add("priority", r.priority);
  all.add_text("expected_speed", words_of(r.expected_speed));
}

void add_execution(settings_builder& all, const role& r) {
  all.add_text("threads",
               r.threads == 0 ? "0 (as many as physical cores)" : std::to_string(r.threads));
  all.add_text("numa.policy", std::string{name_of(r.numa.policy)});
  all.add("numa.nodes", r.numa.nodes);
  all.add("numa.cpus", r.numa.cpus);
  all.add("context", r.context);
  all.add("slots", r.slots);
  all.add_text("concurrency",
               r.concurrency == 0 ? "0 (as many as slots)" : std::to_string(r.concurrency));
  all.add_text("routing", std::string{name_of(r.routing)});
  all.add("kv_cache.k", r.kv_cache.k);
  all.add("kv_cache.v", r.kv_cache.v);
  all.add_text("flash_attention", std::string{name_of(r.flash_attention)});
  all.add_text("load_mode", std::string{name_of(r.load_mode)});
  all.add("repack", r.repack);
  all.add("checkpoints", r.checkpoints);
  all.add_text("cache_ram", format_bytes(r.cache_ram));
  all.add("gpu_layers", r.gpu_layers);
}

void add_model_features(settings_builder& all, const role& r) {
  all.add_text("moe.experts", r.moe ? std::to_string(r.moe->experts) : none);
  all.add_text("moe.override_key", r.moe ? words_of(r.moe->override_key) : none);
  all.add_text("speculative.draft", r.speculative ? words_of(r.speculative->draft) : none);
  all.add_text("speculative.max", r.speculative ? std::to_string(r.speculative->max) : none);
  all.add_text("speculative.lookup", r.speculative ? words_of(r.speculative->lookup) : none);
  all.add("cpu_moe", std::holds_alternative<cpu_moe_all>(r.cpu_moe));
  const auto* layers = std::get_if<cpu_moe_layers>(&r.cpu_moe);
  all.add_text("n_cpu_moe", layers == nullptr ? none : std::to_string(layers->n));
  all.add("embeddings", r.embeddings);
  all.add("pooling", r.pooling);
  all.add("extra_args", r.extra_args);
  all.add_text("llama_server", r.llama_server ? r.llama_server->string() : none);
}

void add_limits(settings_builder& all, const role& r) {
  all.add("timeouts.ready_stall", r.timeouts.ready_stall);
  all.add("timeouts.first_byte", r.timeouts.first_byte);
  all.add("timeouts.idle", r.timeouts.idle);
  all.add_text("timeouts.total", r.timeouts.total ? words_of(*r.timeouts.total) : "never");
  all.add_text("timeouts.idle_unload",
               r.timeouts.idle_unload ? words_of(*r.timeouts.idle_unload) : "never");
  all.add("timeouts.drain", r.timeouts.drain);
  all.add("timeouts.stop", r.timeouts.stop);
  all.add_text("timeouts.wedged", r.timeouts.wedged ? words_of(*r.timeouts.wedged) : "never");
  all.add("queue.limit", r.queue.limit);
  all.add("queue.deadline", r.queue.deadline);
  all.add("queue.comments", r.queue.comments);
  const auto bytes = [&](const char* key, const std::optional<byte_count>& limit) {
    all.add_text(key, limit ? format_bytes(*limit) : none);
  };
  bytes("cgroup.memory_high", r.cgroup.memory_high);
  bytes("cgroup.memory_max", r.cgroup.memory_max);
  all.add_text("cgroup.cpu_weight", r.cgroup.cpu_weight ? words_of(*r.cgroup.cpu_weight) : none);
  all.add("cgroup.allowed_cpus", r.cgroup.allowed_cpus);
}

}  // namespace

std::vector<setting> settings_of(const model_registry& registry, const role& r) {
  settings_builder all{registry, r};
  add_identity(all, r);
  add_execution(all, r);
  add_model_features(all, r);
  add_limits(all, r);
  return all.take();
}

}  // namespace rolecall::registry
