#pragma once

#include "orchestrator/admin/reload_plan.hpp"
#include "tools/rolectl/screen.hpp"

#include <string>

namespace rolecall::rolectl {

/// What `rolectl reload` prints: what happens to which role and why, and what is left as it was
/// until rolecalld is restarted. Roles that stay as they are are only counted. Pure.
[[nodiscard]] std::string reload_text(const admin::reload_plan& plan, const screen& on);

}  // namespace rolecall::rolectl
