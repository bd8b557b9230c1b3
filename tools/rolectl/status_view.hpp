#pragma once

#include "orchestrator/admin/status.hpp"
#include "tools/rolectl/screen.hpp"

#include <string>

namespace rolecall::rolectl {

/// What `rolectl status` prints: who serves, one line per role, and the budget. Pure.
[[nodiscard]] std::string status_text(const admin::fleet_status& status, const screen& on);

/// "[#####.....] 18.6 GiB of 37.2 GiB reserved (50 %), 18.6 GiB free".
[[nodiscard]] std::string budget_line(const admin::fleet_status& status);

/// A role's state in a few words: "ready", "ready 6/6", "ready 4/6".
[[nodiscard]] std::string state_words(const admin::role_status& role);
[[nodiscard]] look look_of(std::string_view state) noexcept;

/// "8090-8095", "8080", "8080,8082".
[[nodiscard]] std::string port_words(const admin::role_status& role);

/// How long something has lasted, in one or two units: "12s", "5m", "3h5m", "2d4h".
[[nodiscard]] std::string age_words(double seconds);

}  // namespace rolecall::rolectl
