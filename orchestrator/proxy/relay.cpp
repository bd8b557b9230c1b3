#include "orchestrator/proxy/relay.hpp"

#include "orchestrator/proxy/close_on_exec.hpp"

#include <boost/beast/http/error.hpp>

namespace rolecall::proxy {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

// A stream's events are small, and thousands of streams wait with a buffer each; bodies that fill
// it get a larger one.
constexpr std::size_t first_step = 4 << 10;
constexpr std::size_t largest_step = 64 << 10;
// Beyond a line of chunk framing; an upstream that sends more of it is broken.
constexpr std::size_t most_unparsed = 64 << 10;
// A request that kills its llama-server must not kill all replicas one after another.
constexpr std::size_t most_replicas = 2;

}  // namespace

relay::relay(session_environment& environment, metrics::role_metrics& metrics,
             client_connection& client, relay_memory& memory, request& asked,
             const role_request& to, arrival how, tracing::open_trace& trace)
    : environment_(environment),
      metrics_(metrics),
      client_(client),
      asked_(asked),
      to_(to),
      role_(*to.role),
      keep_alive_(how.keep_alive),
      is_answered_(how.is_answered),
      started_(how.started),
      trace_(trace),
      step_(first_step),
      total_deadline_(role_.total ? how.started + *role_.total : time_point::max()),
      forwarded_(how.admitted),
      meter_(memory.ends),
      head_(memory.head),
      text_(memory.text),
      pieces_(memory.pieces),
      out_(memory.out),
      translated_(memory.translated) {}

relay::~relay() {
  client_.unwatch();
  client_.attach(nullptr);
}

task<relay_outcome> relay::run(lease held) {
  client_.watch();
  auto how = co_await ask(held.target());
  for (std::size_t tried = 1; is_untaken(how); ++tried) {
    held.let_target_rest(steady_clock::now());
    // Sent to nobody, it may be sent to another; a process that took it and fell silent may have
    // fallen over it.
    if (how != exchange::unreachable || tried == most_replicas || !enters_another(held)) break;
    how = co_await ask(held.target());
  }
  if (how != exchange::answered || client_.interrupted() != interruption::none)
    co_return unanswered(how);
  co_return co_await answer(held.target());
}

// Nothing of an answer came, and not because we gave up.
bool relay::is_untaken(exchange how) const {
  return (how == exchange::unreachable || how == exchange::nothing_received) &&
         client_.interrupted() == interruption::none;
}

bool relay::enters_another(lease& held) {
  auto next = try_enter(role_, &held.target(), steady_clock::now(), held.kind(), to_.prefix);
  if (!next) return false;
  held = std::move(next);
  note_retry();
  return true;
}

void relay::note_retry() {
  metrics_.upstream_retried();
  ++seen_.retries;
}

task<relay::exchange> relay::ask(const upstream& target) {
  seen_.asked = &target;
  connection_ = environment_.upstreams.take(target.id, steady_clock::now());
  const bool reused = connection_ != nullptr;
  // A kept connection that ends without a byte is taken for one that was being closed while it was
  // idle: there is no telling it from a process that died of the request.
  if (reused) {
    const auto how = co_await send_and_receive_head(target);
    if (how != exchange::nothing_received || client_.interrupted() != interruption::none)
      co_return how;
    note_retry();
  }
  if (!co_await connect(target))
    co_return reused ? exchange::nothing_received : exchange::unreachable;
  co_return co_await send_and_receive_head(target);
}

task<bool> relay::connect(const upstream& target) {
  connection_ = std::make_unique<upstream_connection>(environment_.here);
  auto& socket = connection_->socket;
  client_.attach(&socket);
  client_.expires_at(within_total(forwarded_ + role_.first_byte));
  const asio::ip::tcp::endpoint where(asio::ip::address_v4::loopback(), target.port);
  const auto connected = co_await socket.async_connect(where, no_throw);
  if (std::get<0>(connected) || client_.interrupted() != interruption::none) co_return false;
  error_code ec;
  socket.set_option(asio::ip::tcp::no_delay(true), ec);
  socket.non_blocking(true, ec);
  close_on_exec(socket.native_handle());
  co_return true;
}

task<relay::exchange> relay::send_and_receive_head(const upstream& target) {
  client_.attach(&connection_->socket);
  client_.expires_at(within_total(forwarded_ + role_.first_byte));
  received_ = false;
  text_.clear();
  write_request_head(text_, asked_, to_.target, target.port, client_.address());
  const std::array<asio::const_buffer, 2> message = {asio::buffer(text_),
                                                     asio::buffer(asked_.body)};
  // A failure shows below: an upstream that refuses a body may have answered before it closed.
  error_code ignored;
  const auto sent = connection_->socket.write_some(message, ignored);
  if (sent < asio::buffer_size(message)) {
    asio::const_buffer head = message[0];
    asio::const_buffer body = message[1];
    body += sent > head.size() ? sent - head.size() : 0;
    head += sent;
    const std::array<asio::const_buffer, 2> rest = {head, body};
    co_await asio::async_write(connection_->socket, rest, no_throw);
  }
  seen_.taken = steady_clock::now();
  begin_head();
  while (true) {
    // One that came while no upstream was attached has closed nothing.
    if (client_.interrupted() != interruption::none)
      co_return received_ ? exchange::broken : exchange::nothing_received;
    const auto got = co_await next_bytes();
    if (!take(got)) co_return received_ ? exchange::broken : exchange::nothing_received;
    if (!received_) {
      received_ = true;
      seen_.first_byte = steady_clock::now();
      metrics_.first_byte(seen_.first_byte - forwarded_);
    }
    const auto how = parse_head();
    if (how != exchange::nothing_received) co_return how;
  }
}

void relay::begin_head() {
  head_.clear();
  parser_.emplace(head_, pieces_);
  parser_->skip(asked_.method == http::verb::head);
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
    begin_head();
  }
  return exchange::nothing_received;
}

// False: the end, a failure, or an interruption, which has closed the socket.
bool relay::take(const std::tuple<error_code, std::size_t>& got) {
  const auto& [ec, count] = got;
  auto& input = connection_->input;
  const bool endless = input.size() > most_unparsed;
  input.commit(count);
  if (count == step_) step_ = std::min(2 * step_, largest_step);
  ended_ = ec == asio::error::eof && client_.interrupted() == interruption::none;
  return !ec && !endless && client_.interrupted() == interruption::none;
}

const relay::progress& relay::finish(time_point now) {
  if (meter_.passed(now)) trace_.answered(now);
  if (meter_.first() != time_point{}) metrics_.first_token(meter_.first() - started_);
  if (meter_.has_gaps()) metrics_.token_gaps(meter_.gaps());
  seen_.tokens = meter_.tokens();
  const auto& tokens = seen_.tokens;
  if (tokens.is_known())
    metrics_.tokens(tokens.in.value_or(0), tokens.in_cached.value_or(0), tokens.out.value_or(0));
  // Any other answer comes when it is complete, and itself tells when its first token was there.
  if (!meter_.is_stream() && tokens.generating)
    seen_.first_token = std::max(
        seen_.taken,
        seen_.first_byte - std::chrono::duration_cast<steady_clock::duration>(*tokens.generating));
  return seen_;
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
                 .message = "cannot answer for role '" + role_.name + "': its llama-server " +
                            (received_ ? limit_reached(role_.idle, "idle")
                                       : limit_reached(role_.first_byte, "first_byte"))};
      break;
    case interruption::shutdown:
      failure = {
          .status = 503,
          .code = error_code_words::shutting_down,
          .message = "cannot answer for role '" + role_.name + "': rolecalld is shutting down"};
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

std::string relay::limit_reached(std::chrono::seconds time, std::string_view key) const {
  if (steady_clock::now() >= total_deadline_)
    return "was not done within " + std::to_string(role_.total->count()) +
           " s (timeouts.total of the role)";
  return "sent nothing for " + std::to_string(time.count()) + " s (timeouts." + std::string{key} +
         " of the role)";
}

}  // namespace rolecall::proxy
