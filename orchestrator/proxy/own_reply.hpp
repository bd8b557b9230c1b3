#pragma once

#include "orchestrator/proxy/error_response.hpp"
#include "orchestrator/proxy/lease_source.hpp"
#include "orchestrator/proxy/role_selection.hpp"

#include <string>
#include <string_view>

namespace rolecall::proxy {

/// An answer that the front door gives itself.
struct own_reply {
  unsigned status = 200;
  std::string_view content_type = "application/json";  ///< static storage; empty: no body
  std::string body = {};
  std::chrono::seconds retry_after{0};  ///< 0: no Retry-After field
  std::string_view allow = {};          ///< static storage; empty: no Allow field
};

[[nodiscard]] own_reply to_reply(const error_response& error);

/// `/`, `/health`, `/v1/models`, `/v1/models/<name>` (a name that the table knows) and OPTIONS.
[[nodiscard]] own_reply answer_page(const own_request& asked, const routing_table& routes,
                                    const state_source& states);

/// The reply as it goes over the wire. `without_body`: the request was HEAD.
[[nodiscard]] std::string to_wire(const own_reply& reply, bool keep_alive, bool without_body);

}  // namespace rolecall::proxy
