#pragma once

#include <string>

namespace rolecall::rolectl {

/// docs/sizing.md: the field guide's guide with the numbers that this program computes itself.
/// Pure.
[[nodiscard]] std::string sizing_page();

}  // namespace rolecall::rolectl
