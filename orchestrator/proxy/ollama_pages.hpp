#pragma once

#include "orchestrator/proxy/lease_source.hpp"

#include <string>
#include <vector>

namespace rolecall::proxy {

// What Ollama's clients are told about the roles: each role is a model by its own name. Bodies of
// answers. Digests identify a role and its model by name: no file is read for them.

/// GET /api/tags: all roles.
[[nodiscard]] std::string ollama_tags(const routing_table& routes);

/// GET /api/ps: the roles that are ready. `states` by role id; nullptr: nothing is known yet.
[[nodiscard]] std::string ollama_running(const routing_table& routes,
                                         const std::vector<role_state>* states);

/// POST /api/show.
[[nodiscard]] std::string ollama_show(const routed_role& role);

/// GET /api/version: the version of Ollama's API that is spoken here, which its clients compare.
[[nodiscard]] std::string ollama_version();

}  // namespace rolecall::proxy
