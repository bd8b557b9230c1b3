#pragma once

#include "orchestrator/admin/load_plan.hpp"
#include "tools/rolectl/screen.hpp"

#include <string>

namespace rolecall::rolectl {

/// What `rolectl plan load` prints: the verdict, and who would go in which order. Pure.
[[nodiscard]] std::string plan_text(const admin::load_plan& plan, const screen& on);

}  // namespace rolecall::rolectl
