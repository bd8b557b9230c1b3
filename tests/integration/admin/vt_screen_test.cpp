#include "tests/support/vt_screen.hpp"

#include "tests/support/screen_picture.hpp"

#include <doctest/doctest.h>

using rolecall::test::svg_of;
using rolecall::test::vt_screen;

TEST_CASE("vt_screen: text stands where it was written, and knows its look") {
  vt_screen screen{10, 3};
  screen.feed("ab\r\n\033[32mgreen\033[0m\033[1;1Hx\033[3;9H\033[7mé\033[0m");
  CHECK(screen.text() == "xb\ngreen\n        é\n");
  CHECK(screen.at(1, 0).how.colour == 32);
  CHECK(screen.at(0, 0).how == vt_screen::style{});
  CHECK(screen.at(2, 8).how.reverse);
  CHECK(screen.was_painted());
  CHECK(screen.unknown().empty());
}

TEST_CASE("vt_screen: a full line is no wrap yet; one character more is") {
  vt_screen screen{3, 2};
  screen.feed("abc");
  CHECK(screen.wraps() == 0);
  CHECK(screen.text() == "abc\n");
  screen.feed("d");
  CHECK(screen.wraps() == 1);
  CHECK(screen.text() == "abc\nd\n");
}

TEST_CASE("vt_screen: after a full line the cursor still stands on its last column") {
  vt_screen screen{3, 2};
  screen.feed("abc\033[K");
  CHECK(screen.text() == "ab\n");
  vt_screen returned{3, 2};
  returned.feed("abc\r\nd");
  CHECK(returned.text() == "abc\nd\n");
  CHECK(returned.wraps() == 0);
}

TEST_CASE("vt_screen: wide characters take two columns and wrap whole; marks combine") {
  vt_screen screen{4, 2};
  screen.feed("a世e\u0301");
  CHECK(screen.text() == "a世e\u0301\n");
  CHECK(screen.wraps() == 0);
  screen.feed("\rabc世");
  CHECK(screen.wraps() == 1);
  CHECK(screen.row(1) == "世");
}

TEST_CASE("vt_screen: characters and sequences may come in pieces") {
  vt_screen screen{10, 1};
  for (const char c : std::string{"\033[31m世\033[0mx"}) screen.feed({&c, 1});
  CHECK(screen.text() == "世x\n");
  CHECK(screen.at(0, 0).how.colour == 31);
  CHECK(screen.at(0, 2).how.colour == 0);
}

TEST_CASE("vt_screen: erasing, scrolling and the other screen") {
  vt_screen screen{5, 2};
  screen.feed("one\r\ntwo\r\nthree");
  CHECK(screen.text() == "two\nthree\n");
  CHECK(screen.scrolled() == 1);
  screen.feed("\033[?1049h\033[?25l\033[Hother");
  CHECK(screen.is_alternate());
  CHECK_FALSE(screen.shows_cursor());
  CHECK(screen.text() == "other\n");
  screen.feed("\033[1;3H\033[J");
  CHECK(screen.text() == "ot\n");
  screen.feed("\033[?25h\033[?1049l");
  CHECK(screen.text() == "two\nthree\n");
  CHECK(screen.shows_cursor());
}

TEST_CASE("vt_screen: what it does not know is noted") {
  vt_screen screen{5, 2};
  screen.feed("\033[5n\033c\a\033[38;5;1m");
  CHECK(screen.unknown().size() >= 4);
}

TEST_CASE("vt_screen: a picture has the words at their places, in their colours") {
  vt_screen screen{20, 2};
  screen.feed("\033[32ma<b\033[0m  \033[1mc d\033[0m\r\n\033[7m x \033[0m");
  const auto svg = svg_of(screen);
  CHECK(svg.find(R"(<text x="12" y="25" textLength="24" fill="#7fc97f">a&lt;b</text>)") !=
        std::string::npos);
  CHECK(svg.find(R"( font-weight="bold">c d</text>)") != std::string::npos);
  CHECK(svg.find(R"(<rect x="12" y="29" width="24" height="17")") != std::string::npos);
}
