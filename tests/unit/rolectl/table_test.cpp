#include "tools/rolectl/table.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::rolectl;

table sample() {
  table t{{{"ROLE"}, {"BYTES", side::right}, {"REASON"}}};
  t.add({{"frontdoor"}, {"18.6 GiB"}, {"evicted"}});
  t.add({{"é"}, {"1 B"}, {}});
  return t;
}

}  // namespace

TEST_CASE(
    "rolectl table: columns are as wide as their widest cell, numbers to the right, nothing at the "
    "end") {
  CHECK(sample().text({}) ==
        "ROLE          BYTES  REASON\n"
        "frontdoor  18.6 GiB  evicted\n"
        "é               1 B\n");
}

TEST_CASE("rolectl table: a column that is empty in every row is left out") {
  table t{{{"ROLE"}, {"SHARES"}, {"PORT"}}};
  t.add({{"a"}, {}, {"80"}});
  CHECK(t.text({}) == "ROLE  PORT\na     80\n");
}

TEST_CASE("rolectl table: a line never leaves the screen") {
  screen narrow;
  narrow.width = 14;
  CHECK(sample().text(narrow) ==
        "ROLE\n"
        "frontdoor  18.\n"
        "é\n");
}

TEST_CASE("rolectl table: columns are given up in their order, only as many as needed") {
  table t{{{"A"}, {"SECOND", side::left, 2}, {"FIRST", side::left, 1}, {"Z"}}};
  t.add({{"a"}, {"second"}, {"first"}, {"z"}});
  screen on;
  on.width = 19;
  CHECK(t.text(on) == "A  SECOND  FIRST  Z\na  second  first  z\n");
  on.width = 18;
  CHECK(t.text(on) == "A  SECOND  Z\na  second  z\n");
  on.width = 11;
  CHECK(t.text(on) == "A  Z\na  z\n");
}

TEST_CASE("rolectl table: colour does not change the layout") {
  screen colourful;
  colourful.colour = true;
  table t{{{"A"}, {"B"}}};
  t.add({{"x", look::good}, {"y"}});
  t.add({{"long", look::bad}, {"z"}});
  CHECK(t.text(colourful) ==
        "\033[2mA\033[0m     \033[2mB\033[0m\n"
        "\033[32mx\033[0m     y\n"
        "\033[31mlong\033[0m  z\n");
}

TEST_CASE("rolectl table: wide and combining characters keep the columns straight") {
  table t{{{"A"}, {"B"}}};
  t.add({{"世界"}, {"x"}});
  t.add({{"e\u0301"}, {"y"}});
  CHECK(t.text({}) ==
        "A     B\n"
        "世界  x\n"
        "e\u0301     y\n");
  screen narrow;
  narrow.width = 3;
  CHECK(t.text(narrow) == "A\n世\ne\u0301\n");
}

TEST_CASE("rolectl table: a chosen row is reversed over the screen's width, whatever its cells") {
  table t{{{"A"}, {"B"}}};
  t.add({{"x", look::good}, {"y"}}, true);
  screen on;
  on.width = 6;
  CHECK(t.lines(on) == std::vector<std::string>{"A  B", "x  y"});
  on.colour = true;
  CHECK(t.lines(on).back() == "\033[7mx  y  \033[0m");
}
