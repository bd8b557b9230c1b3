#pragma once

#include <string>
#include <string_view>

namespace rolecall::admin {

/// The text with U+FFFD in the place of bytes that are no UTF-8: JSON must be, and what a log or a
/// file's header says need not.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace rolecall::admin
