#pragma once

#include "tests/support/vt_screen.hpp"

#include <string>

namespace rolecall::test {

/// The screen as an SVG picture for a document: its characters as text, in its colours, on a dark
/// ground.
[[nodiscard]] std::string svg_of(const vt_screen& screen);

}  // namespace rolecall::test
