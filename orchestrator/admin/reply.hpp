#pragma once

#include "orchestrator/admin/fleet.hpp"
#include "orchestrator/admin/route.hpp"

#include <string>
#include <string_view>

namespace rolecall::admin {

/// An answer that is complete before its first byte is sent.
struct reply {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::string allow;  ///< of a 405
};

/// {"error":{"message","type","code"}}, the shape that OpenAI's clients understand; `code` is one
/// word for programs.
[[nodiscard]] reply error_reply(unsigned status, std::string_view code, std::string_view message);
[[nodiscard]] reply to_reply(const route_error& error);
/// 404 unknown_role, 409 refused, 500 failed.
[[nodiscard]] reply to_reply(const command_error& error);
/// 422 for a wrong registry, with its diagnostics; 409 when it is not the time.
[[nodiscard]] reply to_reply(const reload_refusal& refusal);
/// 404 that names the roles there are.
[[nodiscard]] reply unknown_role(const fleet_status& status, std::string_view name);

// Pages that need nothing but a look at the fleet.
[[nodiscard]] reply answer(const livez& request, fleet& f);
[[nodiscard]] reply answer(const readyz& request, fleet& f);
[[nodiscard]] reply answer(const metrics_page& request, fleet& f);
[[nodiscard]] reply answer(const status_page& request, fleet& f);
[[nodiscard]] reply answer(const memory_page& request, fleet& f);
[[nodiscard]] reply answer(const roles_page& request, fleet& f);
[[nodiscard]] reply answer(const role_page& request, fleet& f);
[[nodiscard]] reply answer(const plan_page& request, fleet& f);
[[nodiscard]] reply answer(const requests_page& request, fleet& f);
[[nodiscard]] reply answer(const request_page& request, fleet& f);
[[nodiscard]] reply answer(const log_levels_page& request, fleet& f);
/// Changes it, for the whole daemon.
[[nodiscard]] reply answer(const log_level_change& request, fleet& f);

/// After a command was carried out: 200 when it was waited for, 202 when it goes on. `status` is
/// the fleet's afterwards.
[[nodiscard]] reply command_reply(const role_command& request, const fleet_status& status);

}  // namespace rolecall::admin
