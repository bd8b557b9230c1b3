#pragma once

#include "orchestrator/admin/status.hpp"
#include "tools/rolectl/role_words.hpp"
#include "tools/rolectl/screen.hpp"

#include <string>

namespace rolecall::rolectl {

/// What `rolectl status` prints: who serves, one line per role, and the budget. Pure.
[[nodiscard]] std::string status_text(const admin::fleet_status& status, const screen& on);

/// "memory [#####.....] 18.6 GiB of 37.2 GiB reserved (50 %), 18.6 GiB free", cut at the screen's
/// edge.
[[nodiscard]] std::string budget_line(const admin::fleet_status& status, const screen& on);

}  // namespace rolecall::rolectl
