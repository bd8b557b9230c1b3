#include "tools/rolectl/bar.hpp"

#include "tools/rolectl/text_columns.hpp"

#include <limits>

#include <doctest/doctest.h>

namespace {

using namespace rolecall::rolectl;

constexpr screen plain{};
constexpr screen blocks{.is_terminal = true};
constexpr screen ascii{.is_terminal = true, .ascii = true};

}  // namespace

TEST_CASE("rolectl bar: readable without colour and without UTF-8") {
  CHECK(bar(0.5, 10, plain) == "[#####.....]");
  CHECK(bar(0.5, 10, ascii) == "[#####.....]");
  CHECK(bar(0, 4, plain) == "[....]");
  CHECK(bar(1, 4, plain) == "[####]");
}

TEST_CASE("rolectl bar: eighths of a column where block characters are shown") {
  CHECK(bar(0.5, 4, blocks) == "[██  ]");
  CHECK(bar(0.53, 4, blocks) == "[██▏ ]");
  CHECK(bar(0.97, 4, blocks) == "[███▉]");
  CHECK(bar(1, 4, blocks) == "[████]");
  CHECK(bar(0, 4, blocks) == "[    ]");
}

TEST_CASE("rolectl bar: has its width whatever the share, and shows a little of a little") {
  for (const auto& on : {plain, blocks})
    for (const double share :
         {-1.0, 0.0, 0.001, 0.33, 0.999, 1.0, 7.0, std::numeric_limits<double>::quiet_NaN()})
      CHECK(display_width(bar(share, 9, on)) == 11);
  CHECK(bar(0.001, 4, plain) == "[#...]");
  CHECK(bar(0.001, 4, blocks) == "[▏   ]");
  CHECK(bar(-1, 4, plain) == "[....]");
  CHECK(bar(7, 4, plain) == "[####]");
}

TEST_CASE("rolectl sparkline: the last samples, the newest to the right, against a full height") {
  CHECK(sparkline({0, 1, 2, 4}, 4, 8, blocks) == "▁▂▃▅");
  CHECK(sparkline({9, 9, 0, 8}, 2, 8, blocks) == "▁█");
  CHECK(sparkline({8}, 3, 8, blocks) == "  █");
  CHECK(sparkline({}, 3, 8, blocks) == "   ");
}

TEST_CASE("rolectl sparkline: without a full height the highest sample shown is it") {
  CHECK(sparkline({100, 2, 4}, 2, 0, plain) == "=#");
  CHECK(sparkline({0, 0}, 2, 0, plain) == "__");
}
