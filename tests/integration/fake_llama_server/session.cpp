#include "tests/integration/fake_llama_server/session.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <signal.h>

namespace rolecall::fake {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

namespace {

constexpr std::uint64_t largest_request = 1ULL << 30;
constexpr auto forever = std::chrono::hours{24};

[[noreturn]] void crash() {
  ::raise(SIGKILL);
  std::abort();  // not reached
}

struct client_gone {};

class session {
 public:
  session(tcp::socket socket, const options& o, server_state& state,
          std::function<void()> after_props)
      : socket_(std::move(socket)),
        options_(o),
        state_(state),
        after_props_(std::move(after_props)) {}

  asio::awaitable<void> run();

 private:
  using request = http::request<http::string_body>;

  asio::awaitable<void> answer(const request& asked);
  asio::awaitable<void> answer_post(const request& asked, std::string_view path);
  asio::awaitable<void> stream(std::string_view path, const inference& asked);
  asio::awaitable<void> send(unsigned status, std::string body,
                             std::string_view type = "application/json; charset=utf-8");
  asio::awaitable<void> wait(std::chrono::milliseconds duration);

  tcp::socket socket_;
  const options& options_;
  server_state& state_;
  std::function<void()> after_props_;
  bool keep_alive_ = true;
};

asio::awaitable<void> session::run() {
  boost::beast::flat_buffer buffer;
  while (keep_alive_) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(largest_request);
    co_await http::async_read(socket_, buffer, parser, asio::use_awaitable);
    const auto asked = parser.release();
    keep_alive_ = asked.keep_alive();
    co_await answer(asked);
  }
}

asio::awaitable<void> session::answer(const request& asked) {
  const std::string_view target{asked.target().data(), asked.target().size()};
  const auto path = target.substr(0, target.find('?'));
  if (path == "/fake/state") {
    co_await send(200, state_body(state_, options_));
  } else if (options_.silent_health || state_.wedged || (options_.hang_slots && path == "/slots")) {
    co_await wait(forever);
  } else if (!state_.loaded) {
    co_await send(503, error_body(503, "Loading model", "unavailable_error"));
  } else if (asked.method() == http::verb::post) {
    ++state_.posts;
    state_.last_headers.clear();
    for (const auto& field : asked) {
      std::string name{field.name_string()};
      std::transform(name.begin(), name.end(), name.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      state_.last_headers[name] = std::string{field.value()};
    }
    ++state_.running;
    try {
      co_await answer_post(asked, path);
    } catch (...) {
      --state_.running;
      ++state_.cancelled;
      throw;
    }
    --state_.running;
  } else if (auto body = get_body(path, state_, options_); !body.empty()) {
    co_await send(
        200, std::move(body),
        path == "/metrics" ? "text/plain; version=0.0.4" : "application/json; charset=utf-8");
    if (path == "/props") after_props_();
  } else {
    co_await send(404, error_body(404, "File Not Found", "not_found_error"));
  }
}

asio::awaitable<void> session::answer_post(const request& asked, std::string_view path) {
  if (options_.crash_on_request) crash();
  if (options_.silent) co_await wait(forever);
  if (options_.first_byte.count() > 0) co_await wait(options_.first_byte);
  if (options_.status) {
    co_await send(*options_.status,
                  error_body(*options_.status, "as told by --fake-status", "server_error"));
    co_return;
  }
  const auto inference = parse_inference(asked.body(), state_.posts);
  auto body = post_body(path, inference, options_);
  if (body.empty()) {
    co_await send(404, error_body(404, "File Not Found", "not_found_error"));
    co_return;
  }
  if (inference.stream)
    co_await stream(path, inference);
  else
    co_await send(200, std::move(body));
  ++state_.answered;
}

asio::awaitable<void> session::stream(std::string_view path, const inference& asked) {
  http::response<http::empty_body> head(http::status::ok, 11);
  head.set(http::field::server, "llama.cpp");
  head.set(http::field::content_type, "text/event-stream");
  head.chunked(true);
  http::response_serializer<http::empty_body> serializer(head);
  co_await http::async_write_header(socket_, serializer, asio::use_awaitable);

  for (int i = 0; i < options_.chunks; ++i) {
    if (i > 0 && options_.chunk_gap.count() > 0) co_await wait(options_.chunk_gap);
    if (options_.crash_mid_stream && i == *options_.crash_mid_stream) crash();
    const auto event = stream_event(path, asked, i, options_);
    if (options_.half_chunk || options_.half_chunk_hang) {
      const auto half = "ffff\r\n" + event;  // announces more than it sends
      co_await asio::async_write(socket_, asio::buffer(half), asio::use_awaitable);
      if (options_.half_chunk_hang) co_await wait(forever);
      keep_alive_ = false;
      co_return;
    }
    co_await asio::async_write(socket_, http::make_chunk(asio::buffer(event)), asio::use_awaitable);
  }
  const std::string end = "data: [DONE]\n\n";
  co_await asio::async_write(socket_, http::make_chunk(asio::buffer(end)), asio::use_awaitable);
  co_await asio::async_write(socket_, http::make_chunk_last(), asio::use_awaitable);
}

asio::awaitable<void> session::send(unsigned status, std::string body, std::string_view type) {
  http::response<http::string_body> answer(http::int_to_status(status), 11, std::move(body));
  answer.result(status);
  answer.set(http::field::server, "llama.cpp");
  answer.set(http::field::content_type, type);
  answer.set("Keep-Alive", "timeout=5, max=100");
  answer.keep_alive(keep_alive_);
  answer.prepare_payload();
  co_await http::async_write(socket_, answer, asio::use_awaitable);
}

/// Throws client_gone as soon as the client has closed the connection.
asio::awaitable<void> session::wait(std::chrono::milliseconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await asio::experimental::make_parallel_group(
      timer.async_wait(asio::deferred), socket_.async_wait(tcp::socket::wait_read, asio::deferred))
      .async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (timer.expiry() <= std::chrono::steady_clock::now()) co_return;
  char byte = 0;
  boost::system::error_code ec;
  if (socket_.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, ec) == 0)
    throw client_gone{};
  co_await timer.async_wait(asio::use_awaitable);  // the next request came early
}

}  // namespace

asio::awaitable<void> serve(tcp::socket socket, const options& o, server_state& state,
                            std::function<void()> after_props) {
  ++state.connections;
  ++state.open_connections;
  socket.set_option(tcp::no_delay{true});
  session one(std::move(socket), o, state, std::move(after_props));
  try {
    co_await one.run();
  } catch (const client_gone&) {
  } catch (const boost::system::system_error&) {  // closed, or not HTTP
  }
  --state.open_connections;
}

}  // namespace rolecall::fake
