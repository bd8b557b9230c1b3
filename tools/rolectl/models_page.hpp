#pragma once

#include "registry/check.hpp"

#include <string>

namespace rolecall::rolectl {

/// docs/models.md: the registry's models by role and tier, their memory, which may draft for which,
/// override keys, constraints, places and commands (the reference deployment). Memory is the
/// footprint of models whose facts are known, and the field guide's formula otherwise, each marked
/// so. Pure; the same on every host.
[[nodiscard]] std::string models_page(const registry::deployment& deployment);

}  // namespace rolecall::rolectl
