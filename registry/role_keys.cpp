#include "registry/quantities.hpp"
#include "registry/sections.hpp"

#include <algorithm>
#include <utility>

namespace rolecall::registry {

namespace {

constexpr int highest_port = 65535;
constexpr std::size_t most_instances = 256;

const section& inner(const section& known, std::string_view name) {
  return *known.find(name)->inner;
}

void read_numa(const yaml_node& node, const section& known, std::string path, numa_placement& numa,
               reading& context) {
  mapping_reader reader(node, known, std::move(path), context);
  if (!reader.is_mapping()) return;
  reader.choice("policy", numa.policy);
  reader.number_list("nodes", numa.nodes);
  reader.number_list("cpus", numa.cpus);
}

void read_kv_cache(const yaml_node& node, const section& known, std::string path,
                   kv_cache_types& types, reading& context) {
  mapping_reader reader(node, known, std::move(path), context);
  if (!reader.is_mapping()) return;
  reader.choice_text("k", types.k);
  reader.choice_text("v", types.v);
}

void read_duration_or_never(mapping_reader& reader, std::string_view name,
                            std::optional<std::chrono::seconds>& target) {
  const yaml_node* given = reader.find(name);
  if (given == nullptr) return;
  if (given->what == yaml_node::kind::scalar && given->text == "never") return target.reset();
  std::chrono::seconds time{0};
  reader.duration(name, time);
  if (time.count() > 0) target = time;
}

void read_timeouts(const yaml_node& node, const section& known, std::string path, timeouts& times,
                   reading& context) {
  mapping_reader reader(node, known, std::move(path), context);
  if (!reader.is_mapping()) return;
  reader.duration("ready_stall", times.ready_stall);
  reader.duration("first_byte", times.first_byte);
  reader.duration("idle", times.idle);
  read_duration_or_never(reader, "total", times.total);
  read_duration_or_never(reader, "idle_unload", times.idle_unload);
  reader.duration("drain", times.drain);
  reader.duration("stop", times.stop);
  read_duration_or_never(reader, "wedged", times.wedged);
}

void read_queue(const yaml_node& node, const section& known, std::string path, queue_limits& queue,
                reading& context) {
  mapping_reader reader(node, known, std::move(path), context);
  if (!reader.is_mapping()) return;
  reader.integer("limit", queue.limit);
  reader.duration("deadline", queue.deadline);
  reader.boolean("comments", queue.comments);
}

void read_cgroup(const yaml_node& node, const section& known, std::string path,
                 cgroup_limits& limits, reading& context) {
  mapping_reader reader(node, known, std::move(path), context);
  if (!reader.is_mapping()) return;
  const auto optional_bytes = [&](std::string_view name, std::optional<byte_count>& target) {
    byte_count bytes = 0;
    reader.bytes(name, bytes);
    if (bytes > 0) target = bytes;
  };
  optional_bytes("memory_high", limits.memory_high);
  optional_bytes("memory_max", limits.memory_max);
  int weight = 0;
  reader.integer("cpu_weight", weight);
  if (weight > 0) limits.cpu_weight = weight;
  reader.number_list("allowed_cpus", limits.allowed_cpus);
  if (limits.memory_high && limits.memory_max && *limits.memory_high > *limits.memory_max)
    reader.fail("memory_high", format_bytes(*limits.memory_high) + " is more than memory_max, " +
                                   format_bytes(*limits.memory_max) +
                                   ": the instance would be killed before it is slowed down");
}

void read_moe(const yaml_node& node, const section& known, std::string path,
              std::optional<moe_override>& moe, reading& context) {
  mapping_reader reader(node, known, std::move(path), context);
  if (!reader.is_mapping()) return;
  moe_override value = moe.value_or(moe_override{});
  reader.integer("experts", value.experts);
  reader.optional_text("override_key", value.override_key);
  moe = std::move(value);
}

void read_speculation(const yaml_node& node, const section& known, std::string path,
                      std::optional<speculation>& speculative, reading& context) {
  mapping_reader reader(node, known, std::move(path), context);
  if (!reader.is_mapping()) return;
  speculation value = speculative.value_or(speculation{});
  reader.optional_text("draft", value.draft);
  reader.integer("max", value.max);
  reader.boolean("lookup", value.lookup);
  if (!value.draft && !value.lookup) {
    context.error(node.where,
                  cannot_read(reader.path_of("draft"),
                              "speculative decoding needs a draft, lookup: true, or both"));
  }
  speculative = std::move(value);
}

void read_ports(mapping_reader& reader, std::string_view name, std::vector<std::uint16_t>& target,
                reading& context) {
  const yaml_node* value = reader.find(name);
  if (value == nullptr) return;
  std::vector<std::uint16_t> ports;
  const auto take = [&](const yaml_node& item) {
    const auto refuse = [&](const std::string& reason) {
      context.error(item.where, cannot_read(reader.path_of(name), reason));
    };
    if (item.what != yaml_node::kind::scalar)
      return refuse("expected a port, not " + in_words(item));
    const auto numbers = parse_number_list(item.text, highest_port);
    if (!numbers)
      return refuse(numbers.error() +
                    ": expected a port such as 8080 or a range such as 8090-8095");
    for (const int number : *numbers) {
      if (number == 0) return refuse("0 is not a port: instances need fixed ones, 1 to 65535");
      ports.push_back(static_cast<std::uint16_t>(number));
    }
  };
  if (value->what == yaml_node::kind::sequence) {
    for (const yaml_node& item : value->children) take(item);
  } else {
    take(*value);
  }
  if (ports.size() > most_instances) {
    return reader.fail(name, std::to_string(ports.size()) + " ports are more than the " +
                                 std::to_string(most_instances) + " instances a role may have");
  }
  target = std::move(ports);
}

void read_cpu_moe(mapping_reader& reader, cpu_moe& target) {
  if (reader.given("cpu_moe") && reader.given("n_cpu_moe")) {
    return reader.fail("n_cpu_moe", "cpu_moe keeps all layers on the CPU; give one of the two");
  }
  if (reader.given("cpu_moe")) {
    bool all = false;
    reader.boolean("cpu_moe", all);
    if (all) target = cpu_moe_all{};
    if (!all) target = std::monostate{};
  }
  if (reader.given("n_cpu_moe")) {
    int layers = 0;
    reader.integer("n_cpu_moe", layers);
    if (layers > 0) target = cpu_moe_layers{layers};
    if (layers == 0) target = std::monostate{};
  }
}

/// Keys of the process, those that `defaults` may hold.
void read_process_keys(mapping_reader& reader, const section& known, role& r, reading& context) {
  reader.choice("tier", r.tier);
  reader.integer("priority", r.priority);
  reader.integer("threads", r.threads);
  const auto nested = [&](std::string_view name, auto read_section, auto& target) {
    if (const yaml_node* node = reader.find(name)) {
      read_section(*node, inner(known, name), reader.path_of(name), target, context);
    }
  };
  nested("numa", read_numa, r.numa);
  reader.integer("context", r.context);
  reader.integer("slots", r.slots);
  reader.integer("concurrency", r.concurrency);
  reader.choice("routing", r.routing);
  nested("kv_cache", read_kv_cache, r.kv_cache);
  reader.choice("flash_attention", r.flash_attention);
  reader.choice("load_mode", r.load_mode);
  reader.boolean("repack", r.repack);
  reader.integer("checkpoints", r.checkpoints);
  reader.bytes("cache_ram", r.cache_ram);
  reader.integer("gpu_layers", r.gpu_layers);
  if (reader.is_null("moe")) r.moe.reset();
  nested("moe", read_moe, r.moe);
  if (reader.is_null("speculative")) r.speculative.reset();
  nested("speculative", read_speculation, r.speculative);
  read_cpu_moe(reader, r.cpu_moe);
  reader.boolean("embeddings", r.embeddings);
  reader.choice_text("pooling", r.pooling);
  reader.text_list("extra_args", r.extra_args);
  if (reader.given("llama_server")) {
    std::filesystem::path binary;
    reader.path("llama_server", binary);
    if (binary.has_parent_path()) binary = (context.directory / binary).lexically_normal();
    if (!binary.empty()) r.llama_server = std::move(binary);
  }
  nested("timeouts", read_timeouts, r.timeouts);
  nested("queue", read_queue, r.queue);
  nested("cgroup", read_cgroup, r.cgroup);
}

/// A role of tier draft and one that shares have no process of their own: keys of one would do
/// nothing.
void refuse_process_keys(mapping_reader& reader, const role& r) {
  for (const std::string& name : reader.names()) {
    if (role_section().find(name) == nullptr) continue;
    if (r.shares && !allowed_for_sharing(name)) {
      reader.fail(name, "the role shares the process of '" + *r.shares + "': write the key there");
    } else if (!r.shares && r.tier == tier::draft && !allowed_for_draft(name)) {
      reader.fail(
          name,
          "a role of tier draft has no process: write the key in the role that drafts with it");
    }
  }
}

role read_role(const named_node& named, const role& defaults, reading& context) {
  role r = defaults;
  r.name = named.name;
  r.where = named.where;
  mapping_reader reader(*named.value, role_section(), "roles." + named.name, context);
  if (!reader.is_mapping()) return r;
  reader.optional_text("shares", r.shares);
  reader.text("model", r.model);
  if (!r.shares && !reader.given("model")) {
    context.error(named.where,
                  "missing key 'model' in roles." + named.name +
                      ": name one of models, or the role whose process this one `shares`");
  }
  if (reader.given("port") && reader.given("ports")) {
    reader.fail("ports", "give port for one instance or ports for several, not both");
  }
  read_ports(reader, "port", r.ports, context);
  read_ports(reader, "ports", r.ports, context);
  read_tcp_endpoints(reader, "listen", r.listen, context);
  reader.text_list("aliases", r.aliases);
  reader.text("description", r.description);
  reader.number("expected_speed", r.expected_speed);
  read_process_keys(reader, role_section(), r, context);
  refuse_process_keys(reader, r);
  if (r.tier == tier::draft) r.speculative.reset();
  return r;
}

/// The serving role's value under the sharing role's name.
role shared_view(const role& sharing, const role& target, bool own_queue) {
  role r = target;
  r.name = sharing.name;
  r.where = sharing.where;
  r.shares = sharing.shares;
  r.listen = sharing.listen;
  r.aliases = sharing.aliases;
  r.description = sharing.description;
  r.expected_speed = sharing.expected_speed ? sharing.expected_speed : target.expected_speed;
  r.ports.clear();
  if (own_queue) r.queue = sharing.queue;
  return r;
}

void resolve_sharing(std::vector<role>& roles, const reading& context) {
  const std::vector<role> as_written = roles;
  for (role& r : roles) {
    if (!r.shares) continue;
    const auto target = std::find_if(as_written.begin(), as_written.end(),
                                     [&](const role& other) { return other.name == *r.shares; });
    // What names nothing is reported by check_references.
    if (target == as_written.end() || target->shares) continue;
    r = shared_view(r, *target, context.places.contains("roles." + r.name + ".queue"));
  }
}

}  // namespace

std::vector<model> read_models(const yaml_node& node, reading& context) {
  std::vector<model> models;
  const section& known = *root_section().find("models")->inner;
  for (const named_node& named : read_names(node, "models", context)) {
    model m;
    m.name = named.name;
    m.where = named.where;
    mapping_reader reader(*named.value, known, "models." + named.name, context);
    if (reader.is_mapping()) {
      reader.path("path", m.path);
      if (reader.given("mmproj")) {
        std::filesystem::path mmproj;
        reader.path("mmproj", mmproj);
        m.mmproj = std::move(mmproj);
      }
      reader.text("quant", m.quant);
      if (reader.given("min_experts")) {
        int experts = 0;
        reader.integer("min_experts", experts);
        m.min_experts = experts;
      }
      reader.text("note", m.note);
    }
    models.push_back(std::move(m));
  }
  return models;
}

role read_defaults(const yaml_node& node, reading& context) {
  role defaults;
  mapping_reader reader(node, defaults_section(), "defaults", context);
  if (reader.is_mapping()) read_process_keys(reader, defaults_section(), defaults, context);
  return defaults;
}

std::vector<role> read_roles(const yaml_node& node, const role& defaults, reading& context) {
  std::vector<role> roles;
  for (const named_node& named : read_names(node, "roles", context)) {
    roles.push_back(read_role(named, defaults, context));
  }
  resolve_sharing(roles, context);
  return roles;
}

std::vector<compatibility_rule> read_compatibility(const yaml_node& node, reading& context) {
  std::vector<compatibility_rule> rules;
  const section& known = *root_section().find("compatibility")->inner;
  mapping_reader reader(node, known, "compatibility", context);
  if (!reader.is_mapping()) return rules;
  for (const std::string_view name : {"allow", "forbid"}) {
    const yaml_node* list = reader.find(name);
    if (list == nullptr) continue;
    if (list->what != yaml_node::kind::sequence) {
      reader.fail(name, "expected a list of rules, not " + in_words(*list));
      continue;
    }
    for (const yaml_node& item : list->children) {
      compatibility_rule rule;
      rule.where = item.where;
      rule.allowed = name == "allow";
      mapping_reader fields(item, inner(known, name), reader.path_of(name) + "[]", context);
      if (!fields.is_mapping()) continue;
      fields.text("target", rule.target);
      fields.text("draft", rule.draft);
      if (rule.allowed && fields.given("max")) {
        int max = 0;
        fields.integer("max", max);
        rule.max = max;
      }
      fields.text("reason", rule.reason);
      rules.push_back(std::move(rule));
    }
  }
  return rules;
}

}  // namespace rolecall::registry
