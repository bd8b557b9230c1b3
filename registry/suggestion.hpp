#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rolecall::registry {

/// The candidate that `word` was probably meant to be: at most a third of its letters differ
/// (insertions, deletions, replacements and swapped neighbours count one each, upper and lower case
/// are equal). Empty when none is near.
[[nodiscard]] std::string closest(std::string_view word,
                                  const std::vector<std::string>& candidates);

/// ": did you mean 'port'?" when something is near, else "; <otherwise> a, b, c".
[[nodiscard]] std::string suggestion(std::string_view word,
                                     const std::vector<std::string>& candidates,
                                     std::string_view otherwise);

}  // namespace rolecall::registry
