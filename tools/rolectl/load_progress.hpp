#pragma once

#include "orchestrator/admin/status.hpp"
#include "tools/rolectl/screen.hpp"

#include <chrono>
#include <string>

namespace rolecall::rolectl {

/// How far a command has brought a role, as one line without its end that fits on the screen:
/// "architect_general  [#######.....] 42 %  reading, 3.1 GiB/s  12.0 s". Without a bar where
/// nothing is known of the way to go: "architect_general  making room  3.0 s",
/// "frontdoor  draining, 2 requests running  3.0 s". Of several processes the one that has got
/// least far speaks, and the bar is of all. Pure.
[[nodiscard]] std::string progress_line(const admin::role_status& role,
                                        std::chrono::duration<double> elapsed, const screen& on);

}  // namespace rolecall::rolectl
