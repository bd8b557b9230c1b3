#pragma once

#include <string>
#include <string_view>

namespace rolecall::rolectl {

/// How a text should look where there is colour.
enum class look { plain, dim, bold, good, busy, bad };

/// What the reader of a text can show.
struct screen {
  bool is_terminal = false;
  bool colour = false;  ///< a terminal, and no NO_COLOR (https://no-color.org)
  int width = 0;        ///< columns; 0: lines are never cut
  int height = 0;       ///< lines; 0: not known
};

/// What `descriptor` leads to. Reads the environment.
[[nodiscard]] screen screen_of(int descriptor);

/// `text` between the escape sequences of its look; as it is without colour.
[[nodiscard]] std::string painted(std::string_view text, look how, const screen& on);

/// Bytes from a log or a model without the control characters that could drive a terminal; newlines
/// and tabs stay. Unchanged when `on` is no terminal.
[[nodiscard]] std::string tame(std::string_view text, const screen& on);

/// `text` drawn over what was drawn before, from the terminal's upper left corner; lines that do
/// not fit are left out, so that nothing scrolls.
[[nodiscard]] std::string redrawn(std::string_view text, const screen& on);

/// Writes all of it. False when the reader is gone (a pipe to `head`): the caller ends quietly.
[[nodiscard]] bool write_all(int descriptor, std::string_view text);

}  // namespace rolecall::rolectl
