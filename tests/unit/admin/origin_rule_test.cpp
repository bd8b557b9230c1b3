#include "orchestrator/admin/origin_rule.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::admin;

unsigned status_of(const char* method, const origin_headers& headers, bool loopback = true) {
  const auto refused = refusal_of(method, headers, loopback);
  return refused ? refused->status : 200;
}

}  // namespace

TEST_CASE("admin origin: a command from a web page is refused, whatever the page") {
  CHECK(status_of("POST", {1, "127.0.0.1:8071", true}) == 403);
  CHECK(status_of("POST", {1, "bighost:8071", true}, false) == 403);
  CHECK(status_of("POST", {1, "127.0.0.1:8071", false}) == 200);
  CHECK(status_of("GET", {1, "127.0.0.1:8071", true}) == 200);
}

TEST_CASE("admin origin: a loopback address answers to numbers and to localhost only") {
  for (const auto* host :
       {"127.0.0.1:8071", "localhost", "localhost:8071", "[::1]:8071", "::1", ""})
    CHECK_MESSAGE(status_of("GET", {1, host, false}) == 200, host);
  for (const auto* host :
       {"evil.example:8071", "evil.example", "127.0.0.1.evil.example", "[::1", "[evil]:1"})
    CHECK_MESSAGE(status_of("GET", {1, host, false}) == 403, host);
}

TEST_CASE("admin origin: an address that others can reach answers to any name") {
  CHECK(status_of("GET", {1, "bighost.lan:8071", false}, false) == 200);
}

TEST_CASE("admin origin: two Host headers are malformed, none is an old client") {
  CHECK(status_of("GET", {2, "localhost", false}) == 400);
  CHECK(status_of("GET", {0, "", false}) == 200);
}
