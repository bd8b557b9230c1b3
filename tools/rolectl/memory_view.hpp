#pragma once

#include "orchestrator/admin/status.hpp"
#include "tools/rolectl/screen.hpp"

#include <string>

namespace rolecall::rolectl {

/// What `rolectl memory` prints: each role's estimate by part beside what is reserved for it. Pure.
[[nodiscard]] std::string memory_text(const admin::fleet_status& status, const screen& on);

/// One role: parts of an instance's estimate, and each instance's reservation.
[[nodiscard]] std::string memory_text(const admin::role_status& role, const screen& on);

/// The parts of a footprint, one per line, zero ones left out, with their sum.
[[nodiscard]] std::string footprint_text(const registry::footprint& estimate, const screen& on);

}  // namespace rolecall::rolectl
