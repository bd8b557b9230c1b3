#include "orchestrator/access/request_id.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace rolecall::access;

TEST_CASE("request id: 1 to 128 printable characters without blanks are taken") {
  CHECK(is_request_id("a"));
  CHECK(is_request_id("0189-ab.c_d:/+=~!\"{}"));
  CHECK(is_request_id(std::string(128, 'x')));
  CHECK_FALSE(is_request_id(""));
  CHECK_FALSE(is_request_id(std::string(129, 'x')));
  CHECK_FALSE(is_request_id("a b"));
  CHECK_FALSE(is_request_id("a\tb"));
  CHECK_FALSE(is_request_id("a\r\nSet-Cookie: x"));
  CHECK_FALSE(is_request_id("\x7f"));
  CHECK_FALSE(is_request_id("\xc3\xa4"));
  CHECK_FALSE(is_request_id(std::string_view("a\0b", 3)));
}

TEST_CASE("request id: a maker counts behind its prefix") {
  request_id_maker ids(0x0123456789abcdefULL, 0xfeULL);
  CHECK(ids.next() == "0123456789abcdef00000000000000fe");
  CHECK(ids.next() == "0123456789abcdef00000000000000ff");
  CHECK(ids.next() == "0123456789abcdef0000000000000100");
}

TEST_CASE("request id: makers differ, and what they make is acceptable") {
  std::set<std::string> seen;
  for (int maker = 0; maker < 20; ++maker) {
    request_id_maker ids;
    for (int i = 0; i < 50; ++i) {
      const auto id = ids.next();
      CHECK(is_request_id(id));
      seen.emplace(id);
    }
  }
  CHECK(seen.size() == 1000);
}
