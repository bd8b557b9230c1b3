#pragma once

#include <string>
#include <string_view>

#include <boost/system/result.hpp>

#include "orchestrator/admin/status.hpp"

namespace rolecall::admin {

/// The inverse of to_json(fleet_status): what a tool makes of `GET /admin/status`. A member that is missing or of
/// another type keeps its default, so that a tool understands a daemon of another version; text that is no status at
/// all is an error.
[[nodiscard]] boost::system::result<fleet_status, std::string> read_fleet_status(
    std::string_view json);
[[nodiscard]] boost::system::result<role_status, std::string> read_role_status(
    std::string_view json);
[[nodiscard]] boost::system::result<fleet_event, std::string> read_fleet_event(
    std::string_view json);

}  // namespace rolecall::admin
