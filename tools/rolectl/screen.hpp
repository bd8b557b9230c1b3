#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rolecall::rolectl {

/// How a text should look where there is colour. `chosen`: what the next key is about.
enum class look { plain, dim, bold, good, busy, bad, chosen };

/// What the reader of a text can show.
struct screen {
  bool is_terminal = false;
  bool colour = false;  ///< a terminal, and no NO_COLOR (https://no-color.org)
  bool draws = false;   ///< a terminal that moves its cursor: TERM is not dumb
  bool ascii = false;   ///< a terminal whose locale (LC_ALL, LC_CTYPE, LANG) is not UTF-8
  int width = 0;        ///< columns; 0: lines are never cut
  int height = 0;       ///< lines; 0: not known
};

/// Whether the reader's terminal shows block characters.
[[nodiscard]] constexpr bool shows_blocks(const screen& on) noexcept {
  return on.is_terminal && !on.ascii;
}

/// What `descriptor` leads to. Reads the environment.
[[nodiscard]] screen screen_of(int descriptor);

/// `text` between the escape sequences of its look; as it is without colour.
[[nodiscard]] std::string painted(std::string_view text, look how, const screen& on);

/// Bytes from a log or a model without the control characters that could drive a terminal; newlines
/// and tabs stay. Where the terminal shows no UTF-8, arrows are spelt out and other characters
/// beyond ASCII become '?'. Unchanged when `on` is no terminal.
[[nodiscard]] std::string tame(std::string_view text, const screen& on);

/// The first line of it, tamed, with blanks for tabs: what may stand in a table.
[[nodiscard]] std::string tame_line(std::string_view text, const screen& on);

/// `text`, one line, as far as it fits on the screen.
[[nodiscard]] std::string_view cut(std::string_view text, const screen& on);

/// `text` drawn over what was drawn before, from the terminal's upper left corner; lines that do
/// not fit are left out, so that nothing scrolls. The cursor rests on the line after the last.
[[nodiscard]] std::string redrawn(std::string_view text, const screen& on);

/// Likewise for a program that has the whole screen, its last line included.
[[nodiscard]] std::string redrawn(const std::vector<std::string>& lines, const screen& on);

/// Writes all of it. False when the reader is gone (a pipe to `head`): the caller ends quietly.
[[nodiscard]] bool write_all(int descriptor, std::string_view text);

}  // namespace rolecall::rolectl
