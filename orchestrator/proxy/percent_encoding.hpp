#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rolecall::proxy {

/// One path segment decoded (RFC 3986 section 2.1). nullopt: a `%` without two hexadecimal digits.
[[nodiscard]] std::optional<std::string> percent_decode(std::string_view segment);

}  // namespace rolecall::proxy
