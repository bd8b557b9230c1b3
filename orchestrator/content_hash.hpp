#pragma once

#include <string>
#include <string_view>

namespace rolecall {

/// Tells texts apart, the same over builds and hosts: FNV-1a of 64 bits, 16 hexadecimal digits.
[[nodiscard]] std::string content_hash(std::string_view text);

}  // namespace rolecall
