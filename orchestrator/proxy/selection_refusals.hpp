#pragma once

#include "orchestrator/proxy/error_response.hpp"
#include "orchestrator/proxy/lease_source.hpp"
#include "orchestrator/proxy/role_access.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace rolecall::proxy {

// What clients are told when nobody is to answer them. Pure.

/// A name from outside, fit for a message: short, printable ASCII.
[[nodiscard]] std::string shown(std::string_view name);
/// "frontdoor, worker_math".
[[nodiscard]] std::string listed_roles(const routing_table& routes);

/// Why the client may not use `role`, which it called `name`: 403 or 404; nullptr is a role that is
/// not there. Tells of no role that the client may not know.
[[nodiscard]] std::optional<error_response> refusal_of(const routing_table& routes,
                                                       const role_access& client,
                                                       const routed_role* role,
                                                       std::string_view name);
/// 405. `allow`: static storage.
[[nodiscard]] error_response method_not_allowed(std::string_view path, std::string_view allow);
/// 400. `code`: static storage.
[[nodiscard]] error_response bad_request(std::string_view code, std::string message);
/// Calls of Ollama's that change what models there are: the registry does that here.
[[nodiscard]] bool is_unsupported(std::string_view path);
/// 404, or 501 for what is_unsupported().
[[nodiscard]] error_response not_found(std::string_view path);

}  // namespace rolecall::proxy
