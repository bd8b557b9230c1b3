#pragma once

#include "tools/rolectl/screen.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rolecall::rolectl {

/// `text` broken between words so that no line exceeds the screen (80 columns where its width is
/// not known); lines after the first begin with `indent` blanks, and the first is `indent` shorter.
/// Ends with a newline.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t indent, const screen& on);

/// A label and what is to be said about it.
using fact = std::pair<std::string, std::string>;

/// One fact per line, values below each other and wrapped; facts without a value say "unknown".
[[nodiscard]] std::string fact_text(const std::vector<fact>& facts, const screen& on);

/// A bold title after an empty line.
[[nodiscard]] std::string title_text(std::string_view title, const screen& on);

/// "- what", wrapped.
[[nodiscard]] std::string point_text(std::string_view what, const screen& on);

}  // namespace rolecall::rolectl
