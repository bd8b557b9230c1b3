#include "orchestrator/proxy/relay.hpp"

#include "orchestrator/proxy/close_on_exec.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/beast/http/error.hpp>

namespace rolecall::proxy {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t receive_step = 16 << 10;
// Beyond a line of chunk framing; an upstream that sends more of it is broken.
constexpr std::size_t most_unparsed = 64 << 10;
// A request that kills its llama-server must not kill all replicas one after another.
constexpr std::size_t most_replicas = 2;

}  // namespace

relay::relay(session_environment& environment, client_connection& client, request& asked,
             const routed_role& role, std::string_view target, bool keep_alive)
    : environment_(environment),
      client_(client),
      asked_(asked),
      role_(role),
      target_(target),
      keep_alive_(keep_alive) {}

relay::~relay() {
  client_.unwatch();
  client_.attach(nullptr);
}

task<relay_outcome> relay::run(lease held) {
  forwarded_ = steady_clock::now();
  client_.watch();
  const auto how = co_await reach_an_upstream(held);
  if (how != exchange::answered || client_.interrupted() != interruption::none)
    co_return unanswered(how);
  co_return co_await answer(held.target());
}

// A request that no upstream took may be sent to another replica: none has begun to answer it.
task<relay::exchange> relay::reach_an_upstream(lease& held) {
  for (std::size_t tried = 1;; ++tried) {
    const auto how = co_await ask(held.target());
    const bool untouched = how == exchange::unreachable || how == exchange::nothing_received;
    if (!untouched || client_.interrupted() != interruption::none || tried >= most_replicas)
      co_return how;
    auto next = try_enter(role_, &held.target(), steady_clock::now());
    if (!next) co_return how;
    held = std::move(next);
    environment_.metrics.upstream_retried(role_.name);
  }
}

task<relay::exchange> relay::ask(const upstream& target) {
  connection_ = environment_.upstreams.take(target.id, steady_clock::now());
  const bool reused = connection_ != nullptr;
  if (reused) {
    const auto how = co_await send_and_receive_head(target);
    if (how != exchange::nothing_received || client_.interrupted() != interruption::none)
      co_return how;
    environment_.metrics.upstream_retried(role_.name);
  }
  if (!co_await connect(target))
    co_return reused ? exchange::nothing_received : exchange::unreachable;
  co_return co_await send_and_receive_head(target);
}

task<bool> relay::connect(const upstream& target) {
  connection_ = std::make_unique<upstream_connection>(co_await asio::this_coro::executor);
  auto& socket = connection_->socket;
  client_.attach(&socket);
  client_.expires_at(forwarded_ + role_.first_byte);
  error_code ec;
  co_await socket.async_connect({asio::ip::address_v4::loopback(), target.port},
                                asio::redirect_error(use_task, ec));
  if (ec || client_.interrupted() != interruption::none) co_return false;
  socket.set_option(asio::ip::tcp::no_delay(true), ec);
  close_on_exec(socket.native_handle());
  co_return true;
}

task<relay::exchange> relay::send_and_receive_head(const upstream& target) {
  client_.attach(&connection_->socket);
  client_.expires_at(forwarded_ + role_.first_byte);
  received_ = false;
  co_await send(target);
  co_return co_await receive_head();
}

// A failure is left to receive_head(): an upstream that refuses a body may have answered before it
// closed.
task<void> relay::send(const upstream& target) {
  text_.clear();
  write_request_head(text_, asked_, target_, target.port, client_.address());
  const std::array<asio::const_buffer, 2> message = {asio::buffer(text_),
                                                     asio::buffer(asked_.body)};
  error_code ignored;
  co_await asio::async_write(connection_->socket, message, asio::redirect_error(use_task, ignored));
}

task<relay::exchange> relay::receive_head() {
  parser_.emplace(head_);
  parser_->skip(asked_.method == http::verb::head);
  while (true) {
    if (!co_await receive()) co_return received_ ? exchange::broken : exchange::nothing_received;
    if (!received_) {
      received_ = true;
      environment_.metrics.first_byte(role_.name, steady_clock::now() - forwarded_);
    }
    const auto how = parse_head();
    if (how != exchange::nothing_received) co_return how;
  }
}

// nothing_received: the head is not complete yet.
relay::exchange relay::parse_head() {
  auto& input = connection_->input;
  while (input.size() != 0) {
    error_code ec;
    input.consume(parser_->put(input.data(), ec));
    if (ec && ec != http::error::need_more) return exchange::broken;
    if (!parser_->is_header_done()) break;
    if (head_.status >= 200)
      return framing_fault(head_.version, head_.fields) ? exchange::broken : exchange::answered;
    // RFC 9110 section 15.2: interim answers may come before the final one. We ask for none, so
    // they end here.
    if (head_.status == 101) return exchange::broken;
    head_.clear();
    parser_.emplace(head_);
    parser_->skip(asked_.method == http::verb::head);
  }
  return exchange::nothing_received;
}

task<bool> relay::receive() {
  if (client_.interrupted() != interruption::none) co_return false;
  auto& input = connection_->input;
  if (input.size() > most_unparsed) co_return false;
  error_code ec;
  const auto count = co_await connection_->socket.async_read_some(
      input.prepare(receive_step), asio::redirect_error(use_task, ec));
  input.commit(count);
  ended_ = ec == asio::error::eof && client_.interrupted() == interruption::none;
  co_return !ec && client_.interrupted() == interruption::none;
}

relay_outcome relay::unanswered(exchange how) const {
  relay_outcome outcome;
  outcome.unreachable = how == exchange::unreachable;
  auto& failure = outcome.failure;
  switch (client_.interrupted()) {
    case interruption::client_gone:
      outcome.client_gone = true;
      break;
    case interruption::deadline:
      failure = {.status = 504,
                 .code = error_code_words::upstream_deadline,
                 .message = "cannot answer for role '" + role_.name +
                            "': its llama-server sent nothing for " +
                            std::to_string(role_.first_byte.count()) +
                            " s (timeouts.first_byte of the role)"};
      break;
    case interruption::shutdown:
      failure = {
          .status = 503,
          .code = error_code_words::shutting_down,
          .message = "cannot answer for role '" + role_.name + "': rolecalld is shutting down",
          .close = true};
      break;
    case interruption::none:
      failure = {.status = 502,
                 .code = error_code_words::upstream_failed,
                 .message = "cannot answer for role '" + role_.name + "': its llama-server " +
                            (how == exchange::broken ? "broke off or garbled the head of its answer"
                                                     : "closed the connection without an answer") +
                            "; `rolectl status` tells whether it is being restarted"};
      break;
  }
  return outcome;
}

}  // namespace rolecall::proxy
