#include "tools/rolectl/screen.hpp"

#include <doctest/doctest.h>

#include <fcntl.h>
#include <unistd.h>

using namespace rolecall::rolectl;

TEST_CASE("rolectl screen: a pipe has no colour and no width") {
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  const auto on = screen_of(ends[1]);
  CHECK_FALSE(on.is_terminal);
  CHECK_FALSE(on.colour);
  CHECK(on.width == 0);
  CHECK(write_all(ends[1], "text"));
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("rolectl screen: text is painted only where there is colour") {
  screen colourful;
  colourful.colour = true;
  CHECK(painted("ready", look::good, {}) == "ready");
  CHECK(painted("ready", look::good, colourful) == "\033[32mready\033[0m");
  CHECK(painted("ready", look::plain, colourful) == "ready");
  CHECK(painted("", look::good, colourful).empty());
}

TEST_CASE(
    "rolectl screen: a model's words cannot drive the terminal, and reach a file as they are") {
  screen terminal;
  terminal.is_terminal = true;
  const std::string words = "a\033[2J\x07 b\r\n\tc\x7f é";
  CHECK(tame(words, terminal) == "a[2J b\n\tc é");
  CHECK(tame(words, {}) == words);
}

TEST_CASE("rolectl screen: control characters beyond ASCII do not reach the terminal either") {
  // U+009B begins a sequence, as ESC [ does; U+00A0 is a blank.
  CHECK(tame("a\u009B2Jb\u00A0c", {.is_terminal = true}) == "a2Jb\u00A0c");
  CHECK(tame("\xC2", {.is_terminal = true}) == "\xC2");
}

TEST_CASE("rolectl screen: a terminal without UTF-8 gets ASCII of the same meaning") {
  const screen ascii{.is_terminal = true, .ascii = true};
  CHECK(tame("starting → ready, 3 × 2 …", ascii) == "starting -> ready, 3 x 2 ...");
  CHECK(tame("é世", ascii) == "??");
  CHECK_FALSE(shows_blocks(ascii));
  CHECK_FALSE(shows_blocks({}));
  CHECK(shows_blocks({.is_terminal = true}));
}

TEST_CASE("rolectl screen: what stands in a table is one line, without tabs") {
  CHECK(tame_line("a\tb\nc", {}) == "a b");
  CHECK(cut("abc", {.width = 2}) == "ab");
  CHECK(cut("abc", {}) == "abc");
}

TEST_CASE("rolectl screen: a frame is drawn over the one before and never scrolls") {
  screen small;
  small.height = 3;
  CHECK(redrawn("a\nb\nc\nd\n", small) == "\033[H\033[Ka\n\033[Kb\n\033[J");
  CHECK(redrawn("a\nb\n", {}) == "\033[H\033[Ka\n\033[Kb\n\033[J");
}

TEST_CASE("rolectl screen: a program that has the whole screen uses its last line") {
  const screen small{.height = 2};
  using lines = std::vector<std::string>;
  CHECK(redrawn(lines{"a"}, small) == "\033[H\033[Ka\r\n\033[J");
  CHECK(redrawn(lines{"a", "b"}, small) == "\033[H\033[Ka\r\n\033[Kb");
  CHECK(redrawn(lines{"a", "b", "c"}, small) == "\033[H\033[Ka\r\n\033[Kb");
}
