#pragma once

#include "orchestrator/fleet_plan.hpp"

#include <string>
#include <vector>

// Addresses that rolecalld listens on from its start to its end, whatever the registry says by
// then. Pure.

namespace rolecall {

struct bound_door {
  std::string role;  ///< empty: the host's
  std::string key;   ///< of the registry that it was bound by: "host.listen", "roles.front.listen"
  registry::tcp_endpoint where;
};

[[nodiscard]] std::vector<bound_door> bound_doors(const registry::model_registry& registry);

/// The addresses of a role's doors.
[[nodiscard]] std::vector<registry::tcp_endpoint> doors_of_role(
    const std::vector<bound_door>& doors, std::string_view role);

/// Ports of instances that a door holds until rolecalld is restarted, one text each with its place
/// in the file.
[[nodiscard]] std::vector<std::string> ports_held_by_doors(const registry::model_registry& registry,
                                                           const std::vector<bound_door>& doors);

}  // namespace rolecall
