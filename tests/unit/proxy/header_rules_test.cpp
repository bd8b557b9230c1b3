#include "orchestrator/proxy/header_rules.hpp"

#include <boost/beast/http/error.hpp>
#include <doctest/doctest.h>

using namespace rolecall::proxy;
namespace http = boost::beast::http;

namespace {

// A request as the session takes it: parsed, then judged. True: it goes no further.
bool is_refused(std::string_view wire) {
  request out;
  request_parser parser(out);
  boost::beast::error_code ec;
  parser.put(boost::asio::buffer(wire), ec);
  if (ec && ec != http::error::need_more) return true;
  REQUIRE_MESSAGE(parser.is_header_done(), wire);
  return smuggling_fault(out.version, out.fields).has_value();
}

request parsed(std::string_view wire) {
  request out;
  request_parser parser(out);
  boost::beast::error_code ec;
  parser.put(boost::asio::buffer(wire), ec);
  REQUIRE_MESSAGE(parser.is_done(), wire);
  return out;
}

std::string sent_upstream(std::string_view wire) {
  std::string head;
  const auto asked = parsed(wire);
  write_request_head(head, asked, "/v1/x?q=1", 8080, "192.0.2.7");
  return head;
}

response_head answered(std::string_view wire) {
  response_head head;
  std::vector<boost::asio::const_buffer> pieces;
  response_parser parser(head, pieces);
  boost::beast::error_code ec;
  parser.put(boost::asio::buffer(wire), ec);
  REQUIRE_MESSAGE(parser.is_header_done(), wire);
  return head;
}

std::string sent_to_client(std::string_view wire, body_framing framing, bool keep_alive = true,
                           std::optional<std::uint64_t> length = std::nullopt) {
  std::string head;
  write_response_head(head, answered(wire), framing, length, keep_alive);
  return head;
}

std::size_t occurrences(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

}  // namespace

TEST_CASE("proxy: requests that two servers could read differently are refused") {
  for (const std::string_view wire : {
           // Transfer-Encoding and Content-Length, in both orders
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\nContent-Length: 4\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: xchunked\r\n\r\n",
           // anything but exactly `chunked`
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked;q=1\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
           "chunked\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: "
           "chunked\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: "
           "chunked\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n",
           // Transfer-Encoding in HTTP/1.0
           "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
           "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n",
           // lengths that differ or are none
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 5\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 4\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -4\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4 4\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\n",
           "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 4\r\n\r\n",
           // hosts
           "GET / HTTP/1.1\r\nAccept: */*\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n",
           "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
           // lines
           "GET / HTTP/1.1\nHost: a\n\n",
           "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",
           "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
           "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
           "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
           "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
           "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
           "GET / X HTTP/1.1\r\nHost: a\r\n\r\n",
       })
    CHECK_MESSAGE(is_refused(wire), wire);
  CHECK(is_refused(std::string_view{"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n", 38}));
}

TEST_CASE("proxy: requests of which there is only one reading are taken") {
  for (const std::string_view wire :
       {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\nabcd",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nContent-Length: 1\r\n\r\nx"})
    CHECK_MESSAGE(!is_refused(wire), wire);
}

TEST_CASE("proxy: the upstream is sent our framing and our Host, and the client's own fields") {
  const auto head = sent_upstream(
      "POST /roles/coder/v1/x?q=1 HTTP/1.1\r\nHost: front.example\r\nContent-Type: "
      "application/json\r\nTransfer-Encoding: chunked\r\nAccept: a\r\naccept: b\r\n\r\n"
      "2\r\n{}\r\n0\r\n\r\n");
  CHECK(head ==
        "POST /v1/x?q=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nContent-Type: application/json\r\n"
        "Accept: a\r\naccept: b\r\nX-Forwarded-For: 192.0.2.7\r\nContent-Length: 2\r\n\r\n");
}

TEST_CASE("proxy: a request without a body states no length, except where its method has one") {
  CHECK(sent_upstream("GET / HTTP/1.1\r\nHost: a\r\n\r\n").find("Content-Length") ==
        std::string::npos);
  CHECK(sent_upstream("POST / HTTP/1.1\r\nHost: a\r\n\r\n").find("Content-Length: 0\r\n") !=
        std::string::npos);
}

TEST_CASE("proxy: fields that concern one connection, keys and the conversation end here") {
  const auto head = sent_upstream(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Named\r\nconnection: x-other\r\n"
      "Keep-Alive: timeout=5\r\nProxy-Connection: close\r\nTE: trailers\r\nTrailer: X\r\n"
      "Upgrade: websocket\r\nProxy-Authorization: p\r\nX-Named: 1\r\nX-OTHER: 2\r\n"
      "Authorization: Bearer secret\r\nX-API-Key: secret\r\napi-key: secret\r\n"
      "X-Conversation-Id: 7\r\n"
      "Expect: 100-continue\r\nX-Kept: 3\r\n\r\n");
  CHECK(head ==
        "GET /v1/x?q=1 HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nX-Kept: 3\r\n"
        "X-Forwarded-For: 192.0.2.7\r\n\r\n");
}

TEST_CASE("proxy: the client is added to those for whom the request was forwarded before") {
  CHECK(sent_upstream("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 198.51.100.1\r\n"
                      "x-forwarded-for: 198.51.100.2\r\n\r\n")
            .find("\r\nX-Forwarded-For: 198.51.100.1, 198.51.100.2, 192.0.2.7\r\n") !=
        std::string::npos);
}

TEST_CASE("proxy: the request's id goes to the upstream and to the client, in place of theirs") {
  auto asked = parsed("GET / HTTP/1.1\r\nHost: a\r\nx-request-id: not this\r\n\r\n");
  std::string head;
  write_request_head(head, asked, "/", 8080, "192.0.2.7");
  CHECK(occurrences(head, "equest-") == 0);
  asked.id = "id-1";
  head.clear();
  write_request_head(head, asked, "/", 8080, "192.0.2.7");
  CHECK(occurrences(head, "not this") == 0);
  CHECK(head.find("\r\nX-Request-Id: id-1\r\n") != std::string::npos);

  head.clear();
  write_response_head(head, answered("HTTP/1.1 200 OK\r\nX-Request-ID: theirs\r\n\r\n"),
                      body_framing::chunked, std::nullopt, true, {}, "id-1");
  CHECK(occurrences(head, "theirs") == 0);
  CHECK(head.find("\r\nX-Request-Id: id-1\r\n") != std::string::npos);
}

TEST_CASE("proxy: a trace's context is passed on as it came, and found only when there is one") {
  const std::string context =
      "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n"
      "tracestate: rojo=00f067aa0ba902b7,congo=t61rcWkgMzE\r\n"
      "tracestate: more=1\r\n"
      "baggage: user=ann,deep=1\r\n";
  const auto wire = "POST / HTTP/1.1\r\nHost: a\r\n" + context + "\r\n";
  CHECK(sent_upstream(wire).find("\r\n" + context) != std::string::npos);
  CHECK(sent_to_client("HTTP/1.1 200 OK\r\n" + context + "\r\n", body_framing::chunked)
            .find("\r\n" + context) != std::string::npos);
  const auto asked = parsed(wire);
  CHECK(asked.fields.count_of_unknown("TraceParent") == 1);
  CHECK(asked.fields.count_of_unknown("tracestate") == 2);
  CHECK(asked.fields.count_of_unknown("host") == 0);  // not unknown
}

TEST_CASE("proxy: what a request expects is known") {
  CHECK(expectation_of(parsed("GET / HTTP/1.1\r\nHost: a\r\n\r\n")) == expectation::none);
  CHECK(expectation_of(parsed("GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n")) ==
        expectation::continue_100);
  CHECK(expectation_of(parsed("GET / HTTP/1.1\r\nHost: a\r\nExpect: tea\r\n\r\n")) ==
        expectation::unknown);
  // RFC 9110 section 10.1.1: to be ignored in HTTP/1.0
  CHECK(expectation_of(parsed("GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n")) ==
        expectation::none);
}

TEST_CASE("proxy: an answer keeps its fields and gets our framing") {
  const std::string wire =
      "HTTP/1.1 200 Fine\r\nServer: llama.cpp\r\nKeep-Alive: timeout=5, max=100\r\n"
      "Connection: X-Hop\r\nX-Hop: 1\r\nContent-Type: application/json\r\nContent-Length: "
      "5\r\n\r\n";
  CHECK(sent_to_client(wire, body_framing::length, true, 5) ==
        "HTTP/1.1 200 Fine\r\nServer: llama.cpp\r\nContent-Type: application/json\r\n"
        "Content-Length: 5\r\nConnection: keep-alive\r\n\r\n");
  CHECK(sent_to_client(wire, body_framing::chunked, false) ==
        "HTTP/1.1 200 Fine\r\nServer: llama.cpp\r\nContent-Type: application/json\r\n"
        "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
  const auto until_close = sent_to_client(wire, body_framing::until_close, false);
  CHECK(until_close.find("Content-Length") == std::string::npos);
  CHECK(until_close.find("Transfer-Encoding") == std::string::npos);
}

TEST_CASE("proxy: a length rides along with HEAD but not with 204") {
  CHECK(sent_to_client("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", body_framing::none, true, 5)
            .find("Content-Length: 5\r\n") != std::string::npos);
  CHECK(sent_to_client("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", body_framing::none,
                       true, 0)
            .find("Content-Length") == std::string::npos);
}

TEST_CASE("proxy: event streams ask the next proxy not to buffer, once") {
  const auto head = sent_to_client(
      "HTTP/1.1 200 OK\r\nContent-Type: Text/Event-Stream; charset=utf-8\r\nX-Accel-Buffering: "
      "yes\r\nTransfer-Encoding: chunked\r\n\r\n",
      body_framing::chunked);
  CHECK(occurrences(head, "X-Accel-Buffering") == 1);
  CHECK(head.find("X-Accel-Buffering: no\r\n") != std::string::npos);
  CHECK(sent_to_client("HTTP/1.1 200 OK\r\nContent-Type: text/event-streams\r\n\r\n",
                       body_framing::chunked)
            .find("X-Accel-Buffering") == std::string::npos);
}

TEST_CASE("proxy: an answer whose end is in doubt is not relayed") {
  const auto fault = [](std::string_view wire) {
    const auto head = answered(wire);
    return framing_fault(head.version, head.fields).has_value();
  };
  CHECK(fault("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"));
  CHECK(fault("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 4\r\n\r\n"));
  CHECK(fault("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  CHECK_FALSE(fault("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"));
  CHECK_FALSE(fault("HTTP/1.0 200 OK\r\n\r\n"));
}
