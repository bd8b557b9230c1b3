#include "orchestrator/proxy/request_parser.hpp"

#include <boost/beast/http/error.hpp>
#include <doctest/doctest.h>

using namespace rolecall::proxy;
namespace http = boost::beast::http;

namespace {

// Feeds `text` in pieces of `step` bytes, keeping what was not consumed, as a connection does.
boost::beast::error_code feed(request_parser& parser, std::string_view text, std::size_t step) {
  std::string pending;
  boost::beast::error_code ec;
  while (!text.empty() && !parser.is_done()) {
    pending.append(text.substr(0, step));
    text.remove_prefix(std::min(step, text.size()));
    pending.erase(0, parser.put(boost::asio::buffer(pending), ec));
    if (ec && ec != http::error::need_more) return ec;
  }
  return {};
}

constexpr std::string_view chunked_request =
    "POST /v1/completions?x=1 HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5;name=value\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\nX-Trailer: t\r\n\r\n";

}  // namespace

TEST_CASE("proxy: a large body of known length takes little more memory than its length") {
  constexpr std::size_t size = 5 << 20;
  request out;
  request_parser parser(out);
  parser.body_limit(2 * size);
  const auto wire = "POST / HTTP/1.1\r\nHost: here\r\nContent-Length: " + std::to_string(size) +
                    "\r\n\r\n" + std::string(size, 'x');
  CHECK_FALSE(feed(parser, wire, 128 << 10));
  REQUIRE(parser.is_done());
  CHECK(out.body.size() == size);
  CHECK(out.body.capacity() < size + size / 8);
}

TEST_CASE("proxy: a request is the same in whatever pieces it comes") {
  for (const std::size_t step :
       {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{999}}) {
    request out;
    request_parser parser(out);
    CHECK_FALSE(feed(parser, chunked_request, step));
    REQUIRE(parser.is_done());
    CHECK(out.method == http::verb::post);
    CHECK(out.method_name == "POST");
    CHECK(out.target == "/v1/completions?x=1");
    CHECK(out.version == 11);
    CHECK(out.body == "hello world");
    CHECK(out.fields.size() == 2);  // a trailer is no field
    CHECK(out.fields.value(http::field::host) == "here");
  }
}

TEST_CASE("proxy: an empty chunked body may come byte by byte") {
  request out;
  request_parser parser(out);
  CHECK_FALSE(
      feed(parser, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1));
  CHECK(parser.is_done());
  CHECK(out.body.empty());
}

TEST_CASE("proxy: a body beyond the limit is refused by its announced length and by its chunks") {
  for (const std::string_view text :
       {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n8\r\n12345678\r\n3\r\n"}) {
    request out;
    request_parser parser(out);
    parser.body_limit(10);
    CHECK(feed(parser, text, 999) == http::error::body_limit);
  }
}

TEST_CASE("proxy: an announced length reserves little until the bytes come") {
  request out;
  request_parser parser(out);
  parser.body_limit(std::uint64_t{1} << 40);
  CHECK_FALSE(
      feed(parser, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1099511627776\r\n\r\nx", 999));
  CHECK(out.body == "x");
  CHECK(out.body.capacity() <= 2 << 20);
}

TEST_CASE("proxy: duplicate fields are kept apart, in order") {
  request out;
  request_parser parser(out);
  CHECK_FALSE(feed(parser, "GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-B: 2\r\nX-A: 3\r\n\r\n", 999));
  REQUIRE(out.fields.size() == 4);
  CHECK(out.fields[1].name == "X-A");
  CHECK(out.fields[1].value == "1");
  CHECK(out.fields[3].name == "X-A");
  CHECK(out.fields[3].value == "3");
  out.clear();
  CHECK(out.fields.size() == 0);
  CHECK(out.fields.value(http::field::host).empty());
}

TEST_CASE("proxy: a header of very many fields is refused like one that is too large") {
  const auto with_fields = [](std::size_t count) {
    std::string text = "GET / HTTP/1.1\r\n";
    for (std::size_t i = 0; i < count; ++i) text += "X:\r\n";
    return text + "\r\n";
  };
  request out;
  request_parser taken(out);
  CHECK_FALSE(feed(taken, with_fields(request_parser::most_fields), 9999));
  out.clear();
  request_parser refused(out);
  CHECK(feed(refused, with_fields(request_parser::most_fields + 1), 9999) ==
        http::error::header_limit);
}

TEST_CASE("proxy: nothing of a request is left in the next one") {
  request out;
  request_parser parser(out);
  CHECK_FALSE(feed(parser, "HEAD /a HTTP/1.0\r\nContent-Length: 1\r\n\r\nx", 999));
  out.clear();
  CHECK(out.method == http::verb::unknown);
  CHECK(out.method_name.empty());
  CHECK(out.target.empty());
  CHECK(out.version == 11);
  CHECK(out.fields.size() == 0);
  CHECK(out.body.empty());
}
