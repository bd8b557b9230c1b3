#pragma once

#include <string_view>

namespace rolecall::tracing {

/// The trace id that a `traceparent` field names: 32 lowercase hexadecimal digits, a part of
/// `field`. Empty when the field is not as W3C Trace Context (level 1, section 3.2) has it; then it
/// is to be ignored. Pure.
[[nodiscard]] std::string_view trace_id_of(std::string_view field) noexcept;

}  // namespace rolecall::tracing
