#pragma once

#include "orchestrator/admin/load_plan.hpp"
#include "orchestrator/admin/reload_plan.hpp"
#include "orchestrator/admin/status.hpp"

#include <optional>
#include <string_view>

namespace rolecall::admin {

/// The inverse of to_json(): what a tool makes of the admin endpoints' answers. A member that is
/// missing or of another type keeps its default, so that a tool understands a daemon of another
/// version; text that is something else altogether gives nullopt.
[[nodiscard]] std::optional<fleet_status> read_fleet_status(std::string_view json);
[[nodiscard]] std::optional<role_status> read_role_status(std::string_view json);
[[nodiscard]] std::optional<load_plan> read_load_plan(std::string_view json);
[[nodiscard]] std::optional<reload_plan> read_reload_plan(std::string_view json);
[[nodiscard]] std::optional<fleet_event> read_fleet_event(std::string_view json);

}  // namespace rolecall::admin
