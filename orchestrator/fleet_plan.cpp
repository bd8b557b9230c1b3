#include "orchestrator/fleet_plan.hpp"

#include "launcher/command_line.hpp"
#include "launcher/log_file.hpp"
#include "orchestrator/content_hash.hpp"

#include <algorithm>

namespace rolecall {
namespace {

const std::filesystem::path& engine_of(const registry::model_registry& registry,
                                       const registry::role& role) {
  return role.llama_server ? *role.llama_server : registry.host.llama_server;
}

fleet_plan::runnable plan_instance(const registry::deployment& deployment,
                                   const registry::instance& instance,
                                   const launcher::topology& host, const engines& known) {
  const auto& registry = deployment.registry;
  const auto& role = *registry.find_role(instance.role);
  if (const auto broken = deployment.broken_roles.find(role.name);
      broken != deployment.broken_roles.end())
    return broken->second;
  const auto& engine = known.at(engine_of(registry, role));
  if (!engine) return engine.error();
  auto command = launcher::build_command_line(deployment, instance, host, *engine);
  if (!command) return command.error();
  if (role.cgroup.any() && host.instances_cgroup.empty())
    return "cannot limit role " + role.name +
           ": rolecalld has no control group to make others in; run it by its unit or with "
           "--cgroup, or remove `cgroup` from the role";
  return supervision::instance_settings{
      .instance = instance,
      .timeouts = role.timeouts,
      .restart = {.restarts = role.tier == registry::tier::hot},
      .command = *std::move(command),
      .log = launcher::log_path(registry.host.log_dir, instance.name),
      .log_limit = registry.host.log_limit,
      .model = deployment.facts_of(role).path,
      .cgroup = {.folder = host.instances_cgroup.empty() ? std::filesystem::path{}
                                                         : host.instances_cgroup / instance.name,
                 .limits = role.cgroup},
      .slots = role.slots,
  };
}

registry::footprint estimate_of(const registry::deployment& deployment,
                                const registry::role& role) {
  return deployment.broken_roles.contains(role.name) ? registry::footprint{}
                                                     : deployment.footprint_of(role);
}

/// Gives the files that instances map their ids in the catalogue.
class file_list {
 public:
  explicit file_list(residency::catalogue& known) : known_(known) {}

  /// Roles may need more or less of one file, with and without repacked copies: the most counts.
  std::vector<residency::file_id> ids_of(const std::vector<registry::mapped_file>& mapped) {
    std::vector<residency::file_id> ids;
    for (const auto& file : mapped) add(ids, hold(ids_, file, file.bytes));
    return ids;
  }

  /// Of a process that leaves, after those that stay: what it maps beyond them is a file apart, so
  /// that it sizes nobody else's.
  std::vector<residency::file_id> leaving_ids_of(const std::vector<registry::mapped_file>& mapped) {
    std::vector<residency::file_id> ids;
    for (const auto& file : mapped) {
      registry::byte_count shared = 0;
      if (const auto found = ids_.find(file.file); found != ids_.end()) {
        shared = known_.files[found->second].bytes;
        add(ids, found->second);
      }
      if (file.bytes > shared) add(ids, hold(leaving_ids_, file, file.bytes - shared));
    }
    return ids;
  }

 private:
  using id_map = std::map<registry::file_identity, residency::file_id>;

  residency::file_id hold(id_map& ids, const registry::mapped_file& file,
                          registry::byte_count bytes) {
    const auto [at, is_new] =
        ids.emplace(file.file, static_cast<residency::file_id>(known_.files.size()));
    if (is_new) known_.files.push_back({.path = file.path, .bytes = 0});
    auto& most = known_.files[at->second].bytes;
    most = std::max(most, bytes);
    return at->second;
  }

  static void add(std::vector<residency::file_id>& ids, residency::file_id id) {
    if (std::ranges::count(ids, id) == 0) ids.push_back(id);
  }

  residency::catalogue& known_;
  id_map ids_;
  id_map leaving_ids_;
};

/// Empty for an instance that cannot be run.
std::string fingerprint_in(const fleet_plan& plan, const registry::instance& instance,
                           const engines& known) {
  const auto& runnable = plan.instances.back();
  if (!runnable) return {};
  const auto& registry = plan.deployment.registry;
  return fingerprint_of(runnable->command, plan.estimates.back(), runnable->cgroup.limits,
                        known.at(engine_of(registry, *registry.find_role(instance.role)))->version);
}

std::uint32_t capacity_of(const registry::role& role) {
  return static_cast<std::uint32_t>(role.concurrency > 0 ? role.concurrency : role.slots);
}

residency::catalogue catalogue_of(const registry::deployment& deployment,
                                  registry::byte_count budget) {
  const auto& registry = deployment.registry;
  residency::catalogue known{.budget = budget,
                             .patience = registry.host.patience,
                             .eviction = registry.host.memory.eviction,
                             .roles = {},
                             .instances = {},
                             .files = {}};
  std::map<std::string, std::vector<residency::instance_id>> instances_of;
  for (const auto& role : registry.roles) {
    if (role.tier == registry::tier::draft) continue;
    const auto id = static_cast<residency::role_id>(known.roles.size());
    known.roles.push_back({.name = role.name,
                           .tier = registry.serving_role(role).tier,
                           .instances = {},
                           .priority = registry.serving_role(role).priority,
                           .queue = role.queue,
                           .idle_unload = registry.serving_role(role).timeouts.idle_unload});
    const auto estimate = estimate_of(deployment, role);
    for (const auto& instance : registry::model_registry::instances(role)) {
      instances_of[role.name].push_back(
          static_cast<residency::instance_id>(known.instances.size()));
      known.instances.push_back({.name = instance.name,
                                 .role = id,
                                 .footprint = estimate.private_bytes(),
                                 .files = {},
                                 .capacity = capacity_of(role)});
    }
  }
  for (auto& role : known.roles)
    role.instances = instances_of[registry.serving_role(*registry.find_role(role.name)).name];
  return known;
}

// A role's own name wins over an alias, an alias over a model's name; the first role wins among
// equals.
std::vector<std::pair<std::string, std::size_t>> names_of(
    const registry::model_registry& registry, const std::vector<proxy::routed_role>& roles) {
  std::map<std::string, std::size_t> names;
  for (std::size_t i = 0; i < roles.size(); ++i) names.emplace(roles[i].name, i);
  for (std::size_t i = 0; i < roles.size(); ++i)
    for (const auto& alias : registry.find_role(roles[i].name)->aliases) names.emplace(alias, i);
  for (std::size_t i = 0; i < roles.size(); ++i) {
    names.emplace(roles[i].model, i);
    if (const auto* model = registry.find_model(roles[i].model))
      names.emplace(model->path.filename(), i);
  }
  return {names.begin(), names.end()};
}

proxy::model_card card_of(const registry::deployment& deployment, const registry::role& role) {
  const auto& serving = deployment.registry.serving_role(role);
  proxy::model_card card{.architecture = {},
                         .quantization = {},
                         .context = serving.context / std::max(serving.slots, 1),
                         .embeddings = serving.embeddings};
  if (const auto* model = deployment.registry.find_model(serving.model))
    card.quantization = model->quant;
  if (const auto known = deployment.facts.find(serving.model); known != deployment.facts.end()) {
    card.architecture = known->second.architecture;
    card.bytes = known->second.weights_bytes;
    card.vision = known->second.vision;
  }
  return card;
}

}  // namespace

void map_files(residency::catalogue& known, const std::vector<registry::footprint>& estimates) {
  known.files.clear();
  file_list files(known);
  for (std::size_t id = 0; id < known.instances.size(); ++id)
    if (!known.instances[id].retired)
      known.instances[id].files = files.ids_of(estimates[id].mapped);
  for (std::size_t id = 0; id < known.instances.size(); ++id)
    if (known.instances[id].retired)
      known.instances[id].files = files.leaving_ids_of(estimates[id].mapped);
}

std::shared_ptr<const proxy::routing_table> routes_of(
    const registry::deployment& deployment, const residency::catalogue& known,
    const std::vector<std::unique_ptr<proxy::upstream>>& upstreams) {
  const auto table = std::make_shared<proxy::routing_table>();
  auto& routes = *table;
  const auto& registry = deployment.registry;
  for (residency::role_id id = 0; id < known.roles.size(); ++id) {
    if (known.roles[id].retired) continue;
    const auto& role = *registry.find_role(known.roles[id].name);
    proxy::routed_role routed{.id = id,
                              .name = role.name,
                              .model = registry.serving_role(role).model,
                              .upstreams = {},
                              .first_byte = role.timeouts.first_byte,
                              .idle = role.timeouts.idle,
                              .total = role.timeouts.total,
                              .queue_deadline = role.queue.deadline,
                              .slots = role.slots,
                              .routing = role.routing,
                              .comments = role.queue.comments,
                              .card = card_of(deployment, role)};
    for (const auto instance : known.roles[id].instances)
      routed.upstreams.push_back(upstreams[instance].get());
    routes.uses_affinity |= routed.routing == registry::replica_routing::affinity;
    routes.roles.push_back(std::move(routed));
  }
  routes.names = names_of(registry, routes.roles);
  if (registry.host.default_role) routes.default_role = routes.find(*registry.host.default_role);
  return table;
}

const registry::role& fleet_plan::role(residency::role_id id) const {
  return *deployment.registry.find_role(catalogue.roles[id].name);
}

engines probe_engines(const registry::model_registry& registry) {
  engines known;
  for (const auto& role : registry.roles) {
    const auto& name = engine_of(registry, role);
    if (known.contains(name)) continue;
    if (const auto binary = launcher::find_binary(name))
      known.emplace(name, launcher::probe_capabilities(*binary));
    else
      known.emplace(name, binary.error());
  }
  return known;
}

std::string engine_text(const registry::model_registry& registry, const engines& known) {
  const auto found = known.find(registry.host.llama_server);
  if (found == known.end()) return "chosen by each role";
  return found->second
             ? "llama-server " + found->second->version + ", " + found->second->binary.string()
             : found->second.error();
}

std::string fingerprint_of(const launcher::command_line& command,
                           const registry::footprint& estimate,
                           const registry::cgroup_limits& limits, std::string_view engine_version) {
  std::string text{engine_version};
  for (const auto& file : estimate.mapped)
    text +=
        '\n' + file.path + ' ' + std::to_string(file.file.inode) + ' ' + std::to_string(file.bytes);
  for (const auto bytes : {estimate.weights, estimate.draft, estimate.mmproj})
    text += '\n' + std::to_string(bytes);
  if (limits.memory_high) text += "\nmemory_high " + std::to_string(*limits.memory_high);
  if (limits.memory_max) text += "\nmemory_max " + std::to_string(*limits.memory_max);
  bool is_skipped = false;
  for (const auto& word : command.words()) {
    const bool names_instance = word == "--port" || word == "--alias";
    if (!is_skipped && !names_instance) text += '\n' + word;
    is_skipped = names_instance;
  }
  return content_hash(text);
}

fleet_plan plan_fleet(registry::deployment deployment, registry::byte_count budget,
                      const launcher::topology& host, const engines& known,
                      const memory::learned_footprints& learned) {
  fleet_plan plan{.deployment = std::move(deployment),
                  .catalogue = {},
                  .estimates = {},
                  .fingerprints = {},
                  .instances = {},
                  .upstreams = {},
                  .former_upstreams = {},
                  .routes = {}};
  plan.catalogue = catalogue_of(plan.deployment, budget);
  for (const auto& instance : plan.deployment.registry.instances()) {
    plan.instances.push_back(plan_instance(plan.deployment, instance, host, known));
    plan.estimates.push_back(
        estimate_of(plan.deployment, *plan.deployment.registry.find_role(instance.role)));
    plan.fingerprints.push_back(fingerprint_in(plan, instance, known));
    plan.catalogue.instances[plan.estimates.size() - 1].footprint =
        memory::private_bytes_to_reserve(plan.estimates.back(),
                                         learned.find(plan.fingerprints.back()));
    const auto id = static_cast<residency::instance_id>(plan.upstreams.size());
    plan.upstreams.emplace_back(
        new proxy::upstream{.id = id,
                            .name = instance.name,
                            .port = instance.port,
                            .gate = residency::gate{plan.catalogue.instances[id].capacity}});
  }
  map_files(plan.catalogue, plan.estimates);
  plan.routes = routes_of(plan.deployment, plan.catalogue, plan.upstreams);
  return plan;
}

}  // namespace rolecall
