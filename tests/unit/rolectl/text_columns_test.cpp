#include "tools/rolectl/text_columns.hpp"

#include <clocale>

#include <doctest/doctest.h>

using namespace rolecall::rolectl;

TEST_CASE("rolectl text columns: width is counted in columns, not bytes") {
  CHECK(display_width("café →") == 6);
  CHECK(first_columns("café →", 4) == "café");
  CHECK(first_columns("café", 99) == "café");
  CHECK(first_columns("café", 0).empty());
  CHECK(display_width("") == 0);
}

TEST_CASE("rolectl text columns: wide characters take two, and half of one is not shown") {
  CHECK(display_width("世界") == 4);
  CHECK(display_width("a😀b") == 4);
  CHECK(first_columns("世界", 3) == "世");
  CHECK(first_columns("世界", 1).empty());
}

TEST_CASE("rolectl text columns: what combines with a character takes no room and stays with it") {
  CHECK(display_width("e\u0301a") == 2);
  CHECK(first_columns("e\u0301a", 1) == "e\u0301");
}

TEST_CASE("rolectl text columns: a byte that is not UTF-8 takes one column, a control none") {
  CHECK(display_width("\xFF\xFE") == 2);
  CHECK(display_width("ab\xE4\xB8") == 4);  // cut in the middle of a character
  CHECK(display_width("a\x01\033") == 1);
}

TEST_CASE("rolectl text columns: the process's locale does not matter, and stays as it is") {
  const std::string before = std::setlocale(LC_CTYPE, nullptr);
  REQUIRE(std::setlocale(LC_CTYPE, "C") != nullptr);
  CHECK(display_width("世é") == 3);
  CHECK(std::string{std::setlocale(LC_CTYPE, nullptr)} == "C");
  std::setlocale(LC_CTYPE, before.c_str());
}
