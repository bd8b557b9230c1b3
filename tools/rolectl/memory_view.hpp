#pragma once

#include "orchestrator/admin/status.hpp"
#include "tools/rolectl/screen.hpp"

#include <string>

namespace rolecall::rolectl {

/// What `rolectl memory` prints: each role's estimate by part beside what is reserved for it. Pure.
[[nodiscard]] std::string memory_text(const admin::fleet_status& status, const screen& on);

/// What was measured of a role, and what follows from it; an empty line behind it.
[[nodiscard]] std::string learned_line(const admin::role_status& role);

/// One role: parts of an instance's estimate, what was learned, and each instance's memory.
[[nodiscard]] std::string memory_text(const admin::role_status& role, const screen& on);

/// The parts of a footprint, one per line, zero ones left out, with their sum.
[[nodiscard]] std::string footprint_text(const registry::footprint& estimate, const screen& on);

}  // namespace rolecall::rolectl
