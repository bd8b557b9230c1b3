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
  std::string allow_headers = {};       ///< of an answer to OPTIONS; empty: it is none
};

[[nodiscard]] own_reply to_reply(const error_response& error, error_form form = error_form::openai);

/// The pages of own_request, whose names the table knows, and OPTIONS: pages of any origin may use
/// every route from a browser, without credentials of its own keeping.
/// They tell of the roles that `client` may use.
[[nodiscard]] own_reply answer_page(const own_request& asked, const routing_table& routes,
                                    const state_source& states, const role_access& client = {});

/// The reply as it goes over the wire. `without_body`: the request was HEAD. `request_id`: its
/// X-Request-Id; empty: none. 401 asks for a bearer token (RFC 6750).
[[nodiscard]] std::string to_wire(const own_reply& reply, bool keep_alive, bool without_body,
                                  std::string_view request_id = {});

}  // namespace rolecall::proxy
