#pragma once

#include "launcher/host_assessment.hpp"
#include "tools/rolectl/screen.hpp"

#include <string>

namespace rolecall::rolectl {

/// What `rolectl assess` prints: memory, CPUs, nodes, storage, kernel settings, the class of host
/// with the field guide's sentence, and warnings with their remedies. Pure.
[[nodiscard]] std::string assess_text(const launcher::host_assessment& host, const screen& on);

/// The same as JSON; what is not known is null.
[[nodiscard]] std::string assess_json(const launcher::host_assessment& host);

}  // namespace rolecall::rolectl
