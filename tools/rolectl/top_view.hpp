#pragma once

#include "tools/rolectl/screen.hpp"
#include "tools/rolectl/top_state.hpp"

#include <string>
#include <vector>

namespace rolecall::rolectl {

/// What `rolectl top` shows: never more lines than the screen has, and none that is wider. On a
/// screen whose size is not known everything is shown. Pure.
[[nodiscard]] std::vector<std::string> top_text(const top_state& state, const screen& on);

}  // namespace rolecall::rolectl
