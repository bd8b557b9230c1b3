#pragma once

#include "tools/rolectl/screen.hpp"
#include "tools/rolectl/top_state.hpp"

#include <string>
#include <vector>

namespace rolecall::rolectl {

// Parts of what top_text() shows; of `state` there is a fleet. Lines are cut at the screen's edge.

/// Who answers, the budget, the host's memory, the fleet's speed: four lines, the most important
/// first.
[[nodiscard]] std::vector<std::string> top_header(const top_state& state, const screen& on);

/// The selected role in four lines; none without one.
[[nodiscard]] std::vector<std::string> top_detail(const top_state& state, const screen& on);

/// One line, tamed, painted and cut.
[[nodiscard]] std::string top_line(std::string_view text, look how, const screen& on);

}  // namespace rolecall::rolectl
