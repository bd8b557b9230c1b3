#pragma once

#include "registry/profiles.hpp"
#include "tools/rolectl/ram_amount.hpp"
#include "tools/rolectl/screen.hpp"

#include <string>
#include <string_view>

namespace rolecall::rolectl {

/// "HOT", "WARM", "draft", as the field guide writes them.
[[nodiscard]] std::string_view tier_word(registry::tier level);

/// What `rolectl recommend` prints: the decision tree's answer, the profile's roles and which of
/// them fit, where the profile contradicts itself, the other profiles, and what to take away or
/// add. Pure.
[[nodiscard]] std::string recommend_text(const registry::recommendation& what,
                                         const ram_amount& ram, const screen& on);
[[nodiscard]] std::string recommend_json(const registry::recommendation& what);

}  // namespace rolecall::rolectl
