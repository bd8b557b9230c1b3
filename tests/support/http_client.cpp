#include "tests/support/http_client.hpp"

#include <algorithm>
#include <cctype>

#include <boost/asio.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <sys/socket.h>
#include <sys/time.h>

namespace rolecall::test {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

namespace {

constexpr std::chrono::seconds patience{120};

tcp::socket connect(asio::io_context& context, std::uint16_t port, std::chrono::seconds deadline) {
  tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), port});
  const timeval limit{.tv_sec = deadline.count(), .tv_usec = 0};
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  return socket;
}

void send(tcp::socket& socket, std::string_view method, std::string_view target,
          std::string_view body, const std::map<std::string, std::string>& fields = {}) {
  http::request<http::string_body> message;
  message.version(11);
  message.method_string({method.data(), method.size()});
  message.target({target.data(), target.size()});
  message.set(http::field::host, "127.0.0.1");
  for (const auto& [name, value] : fields) message.set(name, value);
  if (!body.empty()) message.set(http::field::content_type, "application/json");
  message.body() = body;
  message.prepare_payload();
  http::write(socket, message);
}

template <typename Fields>
std::map<std::string, std::string> headers_of(const Fields& fields) {
  std::map<std::string, std::string> headers;
  for (const auto& field : fields) {
    std::string name{field.name_string()};
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    headers[name] = std::string{field.value()};
  }
  return headers;
}

}  // namespace

http_response request(std::uint16_t port, std::string_view method, std::string_view target,
                      std::string_view body, std::chrono::seconds deadline) {
  asio::io_context context;
  auto socket = connect(context, port, deadline);
  send(socket, method, target, body);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(boost::none);
  if (method == "HEAD") parser.skip(true);
  beast::error_code failure;
  http::read(socket, buffer, parser, failure);
  if (failure == http::error::end_of_stream) return {};
  if (failure) throw beast::system_error(failure, std::string{method} + ' ' + std::string{target});
  const auto& message = parser.get();
  return {.status = message.result_int(), .headers = headers_of(message), .body = message.body()};
}

struct open_request::implementation {
  asio::io_context context;
  tcp::socket socket;
  beast::flat_buffer buffer;
  http::response_parser<http::buffer_body> parser;
  bool has_header = false;

  explicit implementation(std::uint16_t port) : socket(connect(context, port, patience)) {
    parser.body_limit(boost::none);
  }
};

open_request::open_request(std::uint16_t port, std::string_view target, std::string_view body,
                           const std::map<std::string, std::string>& fields)
    : implementation_(std::make_unique<implementation>(port)) {
  send(implementation_->socket, "POST", target, body, fields);
}

open_request::~open_request() = default;
open_request::open_request(open_request&&) noexcept = default;

unsigned open_request::status() {
  auto& i = *implementation_;
  if (!i.has_header) {
    http::read_header(i.socket, i.buffer, i.parser);
    i.has_header = true;
  }
  return i.parser.get().result_int();
}

std::optional<std::string> open_request::next_piece() {
  status();
  auto& i = *implementation_;
  while (!i.parser.is_done()) {
    char piece[16384];
    i.parser.get().body() = {.data = piece, .size = sizeof piece, .more = true};
    beast::error_code failure;
    http::read_some(i.socket, i.buffer, i.parser, failure);
    if (failure && failure != http::error::need_buffer) throw beast::system_error(failure);
    if (const auto length = sizeof piece - i.parser.get().body().size; length != 0)
      return std::string(piece, length);
  }
  return std::nullopt;
}

std::optional<std::string> open_request::rest() {
  std::string text;
  try {
    while (auto piece = next_piece()) text += *piece;
  } catch (const beast::system_error&) {
    return std::nullopt;
  }
  return text;
}

void open_request::abandon() {
  beast::error_code ignored;
  implementation_->socket.shutdown(tcp::socket::shutdown_both, ignored);
  implementation_->socket.close(ignored);
}

}  // namespace rolecall::test
