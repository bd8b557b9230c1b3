#pragma once

#include "orchestrator/admin/status.hpp"
#include "tools/rolectl/screen.hpp"

#include <string>

namespace rolecall::rolectl {

/// One event as one line: time (UTC), kind, instance or role, text. Pure.
[[nodiscard]] std::string event_line(const admin::fleet_event& event, const screen& on);

/// What an event is to the operator: good, bad, or something that makes others wait.
[[nodiscard]] look look_of(const admin::fleet_event& event) noexcept;

/// "2026-01-31T12:00:00.123Z".
[[nodiscard]] std::string utc_words(std::int64_t unix_milliseconds);

}  // namespace rolecall::rolectl
