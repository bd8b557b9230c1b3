#pragma once

#include "launcher/capabilities.hpp"
#include "launcher/topology.hpp"
#include "orchestrator/memory/learned_footprints.hpp"
#include "orchestrator/proxy/lease_source.hpp"
#include "orchestrator/residency/planner.hpp"
#include "orchestrator/supervision/supervisor.hpp"
#include "registry/check.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall {

/// Capabilities, or why they are not known, by the binary's name as the registry writes it.
using engines =
    std::map<std::filesystem::path, boost::system::result<launcher::capabilities, std::string>>;

/// Everything that follows from the registry and the host before anything runs. Ids index the
/// vectors.
struct fleet_plan {
  /// How to run an instance, or why it cannot be run.
  using runnable = boost::system::result<supervision::instance_settings, std::string>;

  registry::deployment deployment;
  residency::catalogue catalogue;
  std::vector<registry::footprint> estimates;  ///< by instance_id; zero for a broken role
  std::vector<std::string> fingerprints;       ///< by instance_id: what measurements are kept under
  std::vector<runnable> instances;             ///< by instance_id
  std::vector<std::unique_ptr<proxy::upstream>> upstreams;  ///< by instance_id
  /// Replaced by a reload; whoever may still hold a pointer to one is on another thread.
  std::vector<std::unique_ptr<proxy::upstream>> former_upstreams;
  std::shared_ptr<const proxy::routing_table> routes;

  /// The registry's role behind a role_id that is not retired.
  [[nodiscard]] const registry::role& role(residency::role_id id) const;
};

/// Reads --help of every binary that a role names. Blocking.
[[nodiscard]] engines probe_engines(const registry::model_registry& registry);

/// Pure. For people: version and path of the host's llama-server, or why there is none.
[[nodiscard]] std::string engine_text(const registry::model_registry& registry,
                                      const engines& known);

/// Pure. A role that cannot be launched stays in the plan with its reason: it never takes the
/// others down. Footprints that `learned` knows better than the estimate replace it.
[[nodiscard]] fleet_plan plan_fleet(registry::deployment deployment, registry::byte_count budget,
                                    const launcher::topology& host, const engines& known,
                                    const memory::learned_footprints& learned);

/// Gives the catalogue its files, and each instance those that its estimate maps. Retired ones size
/// nobody else's.
void map_files(residency::catalogue& known, const std::vector<registry::footprint>& estimates);

/// The front door's view of the roles that are not retired.
[[nodiscard]] std::shared_ptr<const proxy::routing_table> routes_of(
    const registry::deployment& deployment, const residency::catalogue& known,
    const std::vector<std::unique_ptr<proxy::upstream>>& upstreams);

/// What tells measurements apart: the model's files, the arguments, the memory that the control
/// group allows, the engine's build. Ports and names do not matter, so that replicas learn from
/// each other. 16 hexadecimal digits.
[[nodiscard]] std::string fingerprint_of(const launcher::command_line& command,
                                         const registry::footprint& estimate,
                                         const registry::cgroup_limits& limits,
                                         std::string_view engine_version);

}  // namespace rolecall
