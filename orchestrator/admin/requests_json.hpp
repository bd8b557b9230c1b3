#pragma once

#include "orchestrator/tracing/request_trace.hpp"

#include <string>
#include <vector>

namespace rolecall::admin {

/// {"requests":[…]}, in the order given; docs/tracing.md has the members. Pure. `now`: until when
/// those in flight have lasted.
[[nodiscard]] std::string to_json(const std::vector<tracing::request_trace>& requests,
                                  tracing::time_point now);

}  // namespace rolecall::admin
