#pragma once

#include "registry/diagnostic.hpp"
#include "registry/registry.hpp"

namespace rolecall::registry {

/// Who may reach which door: an address that other hosts can reach needs keys, or the operator's
/// word that it does not (`host.insecure`, which is warned of); a role without a process has no
/// door. Looks at no file.
[[nodiscard]] diagnostics check_doors(const model_registry& registry);

}  // namespace rolecall::registry
