#pragma once

#include "tools/rolectl/screen.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace rolecall::rolectl {

/// How full something is: "[####......]", and in eighths of a column where block characters are
/// shown. Takes `width` columns between its brackets; a share beyond 0..1 counts as the nearer end.
[[nodiscard]] std::string bar(double share, std::size_t width, const screen& on);

/// Columns for a bar that stands before words: fewer on a narrow screen.
[[nodiscard]] std::size_t bar_width(const screen& on) noexcept;

/// One column for each of the last `width` samples, blanks before them when there are fewer; their
/// height is their part of `full`, or of the highest of them when `full` is 0.
[[nodiscard]] std::string sparkline(const std::vector<double>& samples, std::size_t width,
                                    double full, const screen& on);

}  // namespace rolecall::rolectl
