#pragma once

#include "tools/rolectl/top_state.hpp"

#include <vector>

namespace rolecall::rolectl {

/// What a key does in `rolectl top`: part of step(). A question takes the next key, whichever it
/// is; so does the page of help. What else a key means depends on whether a log is shown.
[[nodiscard]] std::vector<top_action> press(top_state& state, const key& pressed);

}  // namespace rolecall::rolectl
