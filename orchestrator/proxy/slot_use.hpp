#pragma once

#include "orchestrator/proxy/header_fields.hpp"
#include "orchestrator/residency/event.hpp"

#include <string_view>

#include <boost/beast/http/verb.hpp>

// How a request takes its place among the others of its role.

namespace rolecall::proxy {

/// Whether llama-server (0.7.0) gives the request one of its slots: generation, embedding and
/// reranking. It answers everything else beside them: tokenizing, templates, counting tokens,
/// props, metrics, the slots' own state. `target`: what the upstream is asked for, with its query.
[[nodiscard]] residency::lease_kind lease_kind_of(boost::beast::http::verb method,
                                                  std::string_view target);

/// `X-Priority: background` makes way for interactive requests; any other value, or none, is
/// interactive.
[[nodiscard]] residency::request_priority priority_of(const header_fields& fields) noexcept;

}  // namespace rolecall::proxy
