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

TEST_CASE("rolectl screen: a frame is drawn over the one before and never scrolls") {
  screen small;
  small.height = 3;
  CHECK(redrawn("a\nb\nc\nd\n", small) == "\033[Ha\033[K\nb\033[K\n\033[J");
  CHECK(redrawn("a\nb\n", {}) == "\033[Ha\033[K\nb\033[K\n\033[J");
}
