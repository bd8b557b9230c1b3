#include "tools/rolectl/admin_client.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::rolectl;
using rolecall::registry::endpoint;
using rolecall::registry::tcp_endpoint;
using rolecall::registry::unix_endpoint;

}  // namespace

TEST_CASE("rolectl door: addresses and sockets are read and written back") {
  for (const auto* text :
       {"127.0.0.1:8071", "[::1]:8071", "bighost:80", "unix:/run/rolecall/admin.sock"}) {
    const auto door = parse_door(text);
    REQUIRE_MESSAGE(door.has_value(), text);
    CHECK(door_words(*door) == text);
  }
  CHECK((*parse_door("http://bighost:8071/") == endpoint{tcp_endpoint{"bighost", 8071}}));
  CHECK((*parse_door("[::1]:8071") == endpoint{tcp_endpoint{"::1", 8071}}));
}

TEST_CASE("rolectl door: what is no address is refused with an example") {
  for (const auto* text : {"", "8071", ":8071", "host", "host:", "host:0", "host:70000",
                           "host:8071x", "::1:8071", "unix:", "http://host/path:1", "[]:80"}) {
    const auto door = parse_door(text);
    REQUIRE_MESSAGE(door.has_error(), text);
    CHECK(door.error().find("such as 127.0.0.1:8071") != std::string::npos);
  }
}

TEST_CASE(
    "rolectl door: the option goes before the variable, the variable before the usual places") {
  CHECK((*doors("a:1", "b:2") == std::vector<endpoint>{tcp_endpoint{"a", 1}}));
  CHECK((*doors("", "b:2") == std::vector<endpoint>{tcp_endpoint{"b", 2}}));
  CHECK((*doors("", "") == std::vector<endpoint>{unix_endpoint{"/run/rolecall/admin.sock"},
                                                 tcp_endpoint{"127.0.0.1", 8071}}));
  CHECK(doors("nonsense", "").error().starts_with("--admin: "));
  CHECK(doors("", "nonsense").error().starts_with("ROLECALL_ADMIN: "));
}

TEST_CASE(
    "rolectl door: the front door is the first that the status lists, reached as the admin door "
    "was") {
  rolecall::admin::fleet_status status;
  const endpoint local = tcp_endpoint{"127.0.0.1", 8071};
  CHECK_FALSE(front_door(status, local));
  status.listen = {"127.0.0.1:8070", "127.0.0.2:8070"};
  CHECK((front_door(status, local) == endpoint{tcp_endpoint{"127.0.0.1", 8070}}));
  status.listen = {"0.0.0.0:8070"};
  CHECK((front_door(status, tcp_endpoint{"bighost", 8071}) ==
         endpoint{tcp_endpoint{"bighost", 8070}}));
  CHECK((front_door(status, unix_endpoint{"/x"}) == endpoint{tcp_endpoint{"127.0.0.1", 8070}}));
}

TEST_CASE("rolectl door: names are percent-encoded") {
  CHECK(percent_encoded("worker_math-2.x~") == "worker_math-2.x~");
  CHECK(percent_encoded("a b/é?") == "a%20b%2F%C3%A9%3F");
}

TEST_CASE("rolectl answers: an error's message is found, or its beginning shown") {
  CHECK(error_message({404, R"({"error":{"message":"unknown role 'x'","type":"t","code":"c"}})"}) ==
        "unknown role 'x'");
  CHECK(error_message({502, "<html>bad gateway"}) == "HTTP status 502: <html>bad gateway");
  CHECK(error_message({500, ""}) == "HTTP status 500");
  CHECK(error_message({500, R"({"error":"odd"})"}) == R"(HTTP status 500: {"error":"odd"})");
}
