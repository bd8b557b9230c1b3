#include "orchestrator/proxy/response_parser.hpp"

#include <boost/beast/http/error.hpp>
#include <doctest/doctest.h>

using namespace rolecall::proxy;
namespace http = boost::beast::http;

namespace {

std::string text_of(const std::vector<boost::asio::const_buffer>& pieces) {
  std::string text;
  for (const auto& piece : pieces)
    text.append(static_cast<const char*>(piece.data()), piece.size());
  return text;
}

}  // namespace

TEST_CASE("proxy: all chunks that arrived together are pieces of one parse, in place") {
  const std::string wire =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n";
  response_head head;
  std::vector<boost::asio::const_buffer> pieces;
  response_parser parser(head, pieces);
  boost::beast::error_code ec;
  CHECK(parser.put(boost::asio::buffer(wire), ec) == wire.size());
  CHECK_FALSE(ec);
  CHECK(parser.is_done());
  CHECK(head.status == 200);
  CHECK(head.reason == "OK");
  REQUIRE(parser.pieces().size() == 2);
  CHECK(text_of(parser.pieces()) == "onetwo");
  CHECK(parser.pieces()[0].data() == wire.data() + wire.find("one"));
}

TEST_CASE("proxy: half a chunk is forwarded at once, its other half later") {
  response_head head;
  std::vector<boost::asio::const_buffer> pieces;
  response_parser parser(head, pieces);
  boost::beast::error_code ec;
  const std::string first = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nabc";
  CHECK(parser.put(boost::asio::buffer(first), ec) == first.size());
  CHECK(text_of(parser.pieces()) == "abc");
  parser.release_pieces();
  const std::string second = "def\r\n0\r\n\r\n";
  CHECK(parser.put(boost::asio::buffer(second), ec) == second.size());
  CHECK(text_of(parser.pieces()) == "def");
  CHECK(parser.is_done());
}

TEST_CASE("proxy: the answer to HEAD ends with its head") {
  response_head head;
  std::vector<boost::asio::const_buffer> pieces;
  response_parser parser(head, pieces);
  parser.skip(true);
  boost::beast::error_code ec;
  const std::string wire = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  parser.put(boost::asio::buffer(wire), ec);
  CHECK(parser.is_done());
  REQUIRE(parser.content_length().has_value());
  CHECK(*parser.content_length() == 5);
}

TEST_CASE("proxy: a body without length ends with its connection") {
  response_head head;
  std::vector<boost::asio::const_buffer> pieces;
  response_parser parser(head, pieces);
  boost::beast::error_code ec;
  const std::string wire = "HTTP/1.0 200 OK\r\n\r\nsome";
  parser.put(boost::asio::buffer(wire), ec);
  CHECK(parser.need_eof());
  CHECK_FALSE(parser.is_done());
  CHECK(text_of(parser.pieces()) == "some");
  parser.put_eof(ec);
  CHECK_FALSE(ec);
  CHECK(parser.is_done());
}

TEST_CASE("proxy: a body of gigabytes is not refused") {
  response_head head;
  std::vector<boost::asio::const_buffer> pieces;
  response_parser parser(head, pieces);
  boost::beast::error_code ec;
  const std::string wire = "HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nx";
  parser.put(boost::asio::buffer(wire), ec);
  CHECK_FALSE(ec);
  CHECK(text_of(parser.pieces()) == "x");
}
