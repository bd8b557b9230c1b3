#pragma once

#include "registry/check.hpp"

#include <string>

namespace rolecall::rolectl {

/// The section of docs/models.md that tells each role's memory and the sum of each tier. Pure.
[[nodiscard]] std::string memory_section(const registry::deployment& deployment);

}  // namespace rolecall::rolectl
