#pragma once

#include "registry/registry.hpp"
#include "registry/sizing.hpp"
#include "tools/rolectl/ram_amount.hpp"
#include "tools/rolectl/screen.hpp"

#include <optional>
#include <string>

namespace rolecall::rolectl {

/// What a registry's host.memory makes of the same RAM.
struct registry_budget {
  std::string file;
  registry::memory_settings settings;
};

/// What `rolectl budget` prints: the field guide's calculation step by step, and beside it the
/// budget that rolecalld would work with. Pure.
[[nodiscard]] std::string budget_text(const ram_amount& ram,
                                      const std::optional<registry_budget>& beside,
                                      const screen& on);

/// Exactly the field guide's fields in GB: total_ram, os_overhead, safety_buffer,
/// available_for_models, hot_tier_budget, warm_tier_budget.
[[nodiscard]] std::string budget_json(const ram_amount& ram);

}  // namespace rolecall::rolectl
