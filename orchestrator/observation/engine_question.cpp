#include "orchestrator/observation/engine_question.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace rolecall::observation {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr unsigned http_1_1 = 11;

engine_answer no_answer(const char* step, const beast::error_code& why) {
  if (why == beast::error::timeout) return std::string{"it does not answer in time"};
  if (why == http::error::body_limit) return std::string{"its answer is longer than 256 KiB"};
  return std::string{"cannot "} + step + ": " + why.message();
}

}  // namespace

asio::awaitable<engine_answer> ask_engine(std::uint16_t port,
                                          std::chrono::steady_clock::time_point deadline) {
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  stream.expires_at(deadline);
  const asio::ip::tcp::endpoint engine(asio::ip::address_v4::loopback(), port);
  const auto connected = co_await stream.async_connect(engine, no_throw);
  if (const auto failed = std::get<0>(connected)) co_return no_answer("connect", failed);

  http::request<http::empty_body> request(http::verb::get, "/metrics", http_1_1);
  request.set(http::field::host, "127.0.0.1:" + std::to_string(port));
  request.keep_alive(false);
  const auto sent = co_await http::async_write(stream, request, no_throw);
  if (const auto failed = std::get<0>(sent)) co_return no_answer("ask", failed);

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(longest_metrics);
  const auto received = co_await http::async_read(stream, buffer, parser, no_throw);
  if (const auto failed = std::get<0>(received)) co_return no_answer("read its answer", failed);
  if (parser.get().result() != http::status::ok)
    co_return "it answers with status " + std::to_string(parser.get().result_int());
  co_return parse_engine_metrics(parser.get().body());
}

}  // namespace rolecall::observation
