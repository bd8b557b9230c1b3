#pragma once

#include "orchestrator/admin/reply.hpp"

#include <string_view>

namespace rolecall::admin {

/// The headers that tell a browser's requests from an operator's.
struct origin_headers {
  std::size_t host_count = 0;
  std::string_view host;
  bool has_origin = false;
};

/// Pure. What is refused, with the reason; nullopt for a request that may go on:
///   - more than one Host (RFC 9112 section 3.2): 400
///   - a POST with an Origin header: a web page must not unload models: 403
///   - on a loopback address, a Host that is neither an address nor localhost: a foreign name that
///   was made to point
///     here (DNS rebinding): 403
[[nodiscard]] std::optional<reply> refusal_of(std::string_view method,
                                              const origin_headers& headers, bool loopback);

}  // namespace rolecall::admin
