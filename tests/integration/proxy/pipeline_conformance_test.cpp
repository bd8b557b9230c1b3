#include "tests/integration/proxy/front_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;
using namespace std::chrono_literals;

namespace {

std::string relayed(const std::string& method, const std::string& nonce) {
  const auto head = method + " /roles/solo/" + nonce + " HTTP/1.1\r\nHost: a\r\n";
  if (method == "GET" || method == "HEAD" || method == "DELETE") return head + "\r\n";
  if (method == "PUT")
    return head + "Transfer-Encoding: chunked\r\n\r\n" + chunk(nonce) + std::string{last_chunk};
  return head + "Content-Length: " + std::to_string(nonce.size()) + "\r\n\r\n" + nonce;
}

struct own_page {
  std::string text;
  unsigned status;
  bool has_body = true;
};

const std::vector<own_page> own_pages = {
    {"GET /health HTTP/1.1\r\nHost: a\r\n\r\n", 200},
    {"HEAD /health HTTP/1.1\r\nHost: a\r\n\r\n", 200, false},
    {"OPTIONS /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", 204, false},
    {"DELETE /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", 405},
    {"GET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n", 404},
    {"POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n{]}", 400},
    {"GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 17\r\n\r\nGET / HTTP/1.1\r\n\r", 200}};

}  // namespace

TEST_CASE("conformance: 2 to 50 requests sent at once are answered one by one, in their order") {
  const std::vector<std::string> methods = {"GET", "POST", "HEAD", "PUT", "DELETE", "PATCH"};
  for (const std::size_t count : {2U, 3U, 10U, 50U}) {
    CAPTURE(count);
    front_door door;
    std::string text;
    const auto is_own = [](std::size_t i) { return i % 3 == 2; };
    const auto page = [](std::size_t i) { return own_pages[(i / 3) % own_pages.size()]; };
    const auto nonce = [&](std::size_t i) { return "n" + std::to_string(100 * count + i); };
    for (std::size_t i = 0; i < count; ++i)
      text += is_own(i) ? page(i).text : relayed(methods[i % methods.size()], nonce(i));
    auto client = door.connect();
    client.send(text);
    std::optional<peer> upstream;
    for (std::size_t i = 0; i < count; ++i) {
      CAPTURE(i);
      if (is_own(i)) {
        const auto answer = client.receive_message(!page(i).has_body);
        CHECK(answer.status() == page(i).status);
        CHECK(answer.field("Connection") == "keep-alive");
        continue;
      }
      const auto& method = methods[i % methods.size()];
      // A connection of its own each time: how long one may be idle is not this test's business.
      upstream.emplace(door.solo.port.accept());
      const auto asked = upstream->receive_message();
      CHECK(asked.head.starts_with(method + " /" + nonce(i) + " HTTP/1.1\r\n"));
      const bool has_body = method != "GET" && method != "HEAD" && method != "DELETE";
      CHECK(asked.body == (has_body ? nonce(i) : ""));
      CHECK_FALSE(door.solo.port.has_connection());
      upstream->send("HTTP/1.1 200 OK\r\nConnection: close\r\nX-Nonce: " + nonce(i) +
                     "\r\nContent-Length: " + std::to_string(nonce(i).size()) + "\r\n\r\n" +
                     (method == "HEAD" ? "" : nonce(i)));
      const auto answer = client.receive_message(method == "HEAD");
      CHECK(answer.field("X-Nonce") == nonce(i));
      CHECK(answer.body == (method == "HEAD" ? "" : nonce(i)));
    }
    client.end_sending();
    CHECK(client.is_ended());
  }
}

TEST_CASE("conformance: requests sent ahead of one that is refused are answered, none behind it") {
  front_door door;
  auto client = door.connect();
  client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n" + relayed("GET", "before") +
              "GET /health HTTP/1.1\r\n\r\n" + relayed("GET", "behind"));
  CHECK(client.receive_message().status() == 200);
  auto upstream = door.solo.port.accept();
  CHECK(upstream.receive_message().head.starts_with("GET /before "));
  upstream.send(answer_text("before"));
  CHECK(client.receive_message().body == "before");
  CHECK(client.receive_message().status() == 400);
  CHECK(client.is_ended());
  CHECK_FALSE(door.solo.port.has_connection());
}

TEST_CASE("conformance: nothing behind a request that says close is answered") {
  for (const std::string last : {"GET /health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
                                 "GET /health HTTP/1.0\r\nHost: a\r\n\r\n"}) {
    front_door door;
    auto client = door.connect();
    client.send(last + relayed("POST", "behind"));
    const auto answer = client.receive_message();
    CHECK(answer.status() == 200);
    CHECK(answer.field("Connection") == "close");
    CHECK(client.is_ended());
    CHECK_FALSE(door.solo.port.has_connection());
  }
}

// RFC 9112 section 9.6 leaves it open what a half-closed client gets. Ours is nginx's way: whoever
// ends its side while others work for it has left, as clients that crash do just that; what is
// answered here and at once still reaches it.
TEST_CASE("conformance: a client that ends its side gets what needs nobody else") {
  front_door door;
  auto client = door.connect();
  const std::string page = "GET /health HTTP/1.1\r\nHost: a\r\n\r\n";
  client.send(page + page + page);
  client.end_sending();
  for (int i = 0; i < 3; ++i) CHECK(client.receive_message().status() == 200);
  CHECK(client.is_ended());
}

TEST_CASE("conformance: of a request whose client ends its side within it nothing goes on") {
  const auto whole = relayed("POST", "half-sent");
  for (std::size_t count = 1; count < whole.size(); count += 7) {
    front_door door;
    auto client = door.connect();
    client.send(whole.substr(0, count));
    client.end_sending();
    CHECK(client.is_ended());
    CHECK_FALSE(door.solo.port.has_connection());
  }
}

TEST_CASE("conformance: bytes that trickle in do not put off the end of a header's time") {
  front_door door({.limits = {.header = 50ms}});
  auto client = door.connect();
  client.send("GET /roles/solo/slow HTTP/1.1\r\nHost: a\r\nX-Slow: ");
  while (!client.has_received()) client.send("x");
  CHECK(client.receive_message().status() == 408);
  CHECK(client.is_ended());
  CHECK_FALSE(door.solo.port.has_connection());
}

TEST_CASE("conformance: requests in single bytes, one after another, keep apart") {
  front_door door;
  auto client = door.connect();
  for (const char c : relayed("PUT", "first") + "\r\n" + relayed("POST", "second"))
    client.send({&c, 1});
  for (const std::string nonce : {"first", "second"}) {
    auto upstream = door.solo.port.accept();
    const auto asked = upstream.receive_message();
    CHECK(asked.body == nonce);
    upstream.send("HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (const char c : chunk("of ") + chunk(nonce) + std::string{last_chunk})
      upstream.send({&c, 1});
    CHECK(client.receive_message().body == "of " + nonce);
  }
}
