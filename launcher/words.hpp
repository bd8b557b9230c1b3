#pragma once

#include <algorithm>
#include <string_view>

namespace rolecall::launcher {

/// The first word of `text`, which is left with what stands behind it; empty at its end. Blanks and
/// line ends divide words.
inline std::string_view take_word(std::string_view& text) noexcept {
  constexpr std::string_view blanks = " \t\n";
  text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size()));
  const auto word = text.substr(0, text.find_first_of(blanks));
  text.remove_prefix(word.size());
  return word;
}

/// The first line of `text`, without its end; `text` is left with the lines behind it.
inline std::string_view take_line(std::string_view& text) noexcept {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

}  // namespace rolecall::launcher
