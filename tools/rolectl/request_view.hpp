#pragma once

#include "tools/rolectl/request_reader.hpp"
#include "tools/rolectl/screen.hpp"

namespace rolecall::rolectl {

/// A line per request, running ones first, then the others as they come. `now`: milliseconds since
/// the epoch. Pure.
[[nodiscard]] std::string requests_text(std::vector<request_record> requests, std::int64_t now,
                                        const screen& on);

/// One request: what came of it, a bar per phase at its place in time, tokens and speeds. Pure.
[[nodiscard]] std::string trace_text(const request_record& request, const screen& on);

}  // namespace rolecall::rolectl
