#include "launcher/fleet_demand.hpp"

#include <algorithm>

namespace rolecall::launcher {

namespace {

using registry::load_mode;
using registry::numa_policy;
using registry::role;

bool locks(load_mode mode) noexcept {
  switch (mode) {
    case load_mode::mlock:
    case load_mode::mmap_mlock:
      return true;
    case load_mode::automatic:
    case load_mode::none:
    case load_mode::mmap:
    case load_mode::dio:
      return false;
  }
  return false;
}

// Listeners, timers, logs, the state's files, and what a library opens for a moment.
constexpr std::uint64_t own_descriptors = 128;
// A client and its upstream.
constexpr std::uint64_t descriptors_per_request = 2;
// Of llama-server beside those that compute (0.7.0: HTTP, the queue, the model's loader).
constexpr std::uint64_t threads_beside = 16;
// Of rolecalld beside its data threads.
constexpr std::uint64_t own_threads = 16;
// Of the state directory: learned footprints and one small record per instance.
constexpr byte_count state_bytes = 16ULL << 20;

void add_processes(fleet_demand& demand, const registry::model_registry& registry, const role& r,
                   int cores) {
  for (const auto& instance : registry::model_registry::instances(r)) {
    demand.ports.push_back({instance.port, "instance " + instance.name,
                            registry.host.log_dir / (instance.name + ".log")});
    demand.threads += static_cast<std::uint64_t>(r.threads > 0 ? r.threads : cores) +
                      static_cast<std::uint64_t>(r.slots) + threads_beside;
    demand.descriptors += descriptors_per_request *
                          static_cast<std::uint64_t>(r.concurrency > 0 ? r.concurrency : r.slots);
  }
}

void add_doors(fleet_demand& demand, const registry::model_registry& registry) {
  const auto add = [&](const registry::tcp_endpoint& where, std::string user) {
    if (where.port != 0) demand.ports.push_back({where.port, std::move(user), {}});
  };
  for (const auto& where : registry.host.listen) add(where, "the front door");
  for (const auto& where : registry.host.admin)
    if (const auto* tcp = std::get_if<registry::tcp_endpoint>(&where)) add(*tcp, "the admin door");
  for (const auto& r : registry.roles)
    for (const auto& where : r.listen) add(where, "the door of role " + r.name);
}

}  // namespace

fleet_demand demand_of(const registry::model_registry& registry, byte_count budget, int cores) {
  fleet_demand demand;
  demand.budget = budget;
  demand.descriptors = own_descriptors;
  demand.threads = own_threads + static_cast<std::uint64_t>(registry.host.data_threads);
  for (const auto& r : registry.roles) {
    if (r.tier == registry::tier::draft) continue;
    demand.descriptors +=
        descriptors_per_request * static_cast<std::uint64_t>(std::max(r.queue.limit, 0));
    if (r.shares) continue;
    if (locks(r.load_mode)) demand.locking_roles.push_back(r.name);
    if (r.numa.policy != numa_policy::none) demand.placed_roles.push_back(r.name);
    if (r.cgroup.any()) demand.limited_roles.push_back(r.name);
    add_processes(demand, registry, r, cores);
    const auto engine = r.llama_server.value_or(registry.host.llama_server);
    if (std::ranges::count(demand.engines, engine) == 0) demand.engines.push_back(engine);
  }
  add_doors(demand, registry);

  const auto& host = registry.host;
  for (const auto& folder : host.model_dirs) demand.directories.push_back({"model_dirs", folder});
  demand.directories.push_back({"state_dir", host.state_dir, state_bytes});
  // Of each log the file before it is kept.
  const auto logs = static_cast<byte_count>(registry.instances().size()) * 2;
  demand.directories.push_back({"log_dir", host.log_dir, logs * host.log_limit});
  return demand;
}

}  // namespace rolecall::launcher
