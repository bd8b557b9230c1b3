#include "orchestrator/proxy/session.hpp"

#include "orchestrator/log_line.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/beast/http/error.hpp>

namespace rolecall::proxy {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t header_step = 4 << 10;
constexpr std::uint64_t largest_body_step = 128 << 10;
constexpr std::string_view continue_100 = "HTTP/1.1 100 Continue\r\n\r\n";
// An upstream that refuses connections has just died: the control plane is about to hear of it and
// to close its gate. Then the request waits with everybody else; it was sent to nobody.
constexpr int most_admissions = 5;
constexpr std::chrono::milliseconds until_heard_of{20};
// The last word on shutdown must not wait for a client that does not listen.
constexpr std::chrono::seconds farewell{1};

/// Counts a request as being served for as long as it lives.
class in_flight {
 public:
  in_flight(metrics::catalogue& metrics, std::string_view role) : metrics_(metrics), role_(role) {
    metrics_.requests_in_flight(role_, 1);
  }
  ~in_flight() { metrics_.requests_in_flight(role_, -1); }
  in_flight(const in_flight&) = delete;
  in_flight& operator=(const in_flight&) = delete;

 private:
  metrics::catalogue& metrics_;
  std::string_view role_;
};

// A coroutine of its own, so that withdrawing ends this wait and not the session.
asio::awaitable<void> acquire_into(lease_source& leases, const routed_role& role,
                                   time_point deadline,
                                   std::optional<boost::system::result<lease, refusal>>& answer) {
  co_await asio::this_coro::reset_cancellation_state(asio::enable_total_cancellation());
  answer.emplace(co_await leases.acquire(role, deadline));
}

std::size_t body_step(const request_parser& parser) {
  const auto left = parser.content_length_remaining();
  return static_cast<std::size_t>(
      std::clamp<std::uint64_t>(left.value_or(0), header_step, largest_body_step));
}

error_response reception_error(const boost::beast::error_code& ec,
                               const server_settings& settings) {
  if (ec == http::error::header_limit)
    return {.status = 431,
            .code = error_code_words::header_too_large,
            .message = "cannot read the request: its header is larger than " +
                       std::to_string(settings.limits.header_bytes) + " bytes or has more than " +
                       std::to_string(request_parser::most_fields) + " fields"};
  if (ec == http::error::body_limit)
    return {.status = 413,
            .code = error_code_words::request_too_large,
            .message = "cannot take the request: its body is larger than " +
                       std::to_string(settings.max_request_body) +
                       " bytes (host.max_request_body of the registry)"};
  return {.status = 400,
          .code = error_code_words::bad_request,
          .message = "cannot read the request: " + ec.message()};
}

}  // namespace

task<void> session::run() {
  try {
    while (co_await serve()) client_.release_memory();
    if (lingers_ && !environment_.draining) {
      client_.expires_at(steady_clock::now() + environment_.settings.limits.linger);
      co_await client_.linger();
    }
  } catch (const std::exception& failure) {
    log_line(priority::error, "session_failed").with("reason", failure.what());
  }
  client_.close();
}

// One request. False: the connection ends.
task<bool> session::serve() {
  const auto received = co_await receive();
  if (received == reception::nothing) co_return false;
  if (received == reception::refused) {
    keep_alive_ = false;
    lingers_ = true;
    co_return co_await send(to_reply(refusal_), {});
  }
  auto chosen = select_role(environment_.routes,
                            {.method = request_.method,
                             .target = request_.target,
                             .content_type = request_.fields.value(http::field::content_type),
                             .body = request_.body});
  if (auto* to = std::get_if<role_request>(&chosen)) co_return co_await forward(std::move(*to));
  if (const auto* page = std::get_if<own_request>(&chosen))
    co_return co_await send(answer_page(*page, environment_.routes, environment_.states), {});
  co_return co_await send(to_reply(std::get<error_response>(chosen)), {});
}

task<bool> session::await_request() {
  client_.busy = false;
  client_.expires_at(steady_clock::now() + environment_.settings.limits.idle);
  auto& input = client_.input();
  while (true) {
    // RFC 9112 section 2.2: some clients end a body with a line too many.
    while (input.size() != 0 && (*static_cast<const char*>(input.data().data()) == '\r' ||
                                 *static_cast<const char*>(input.data().data()) == '\n'))
      input.consume(1);
    if (input.size() != 0) break;
    if (environment_.draining || !co_await client_.read(header_step)) co_return false;
  }
  client_.busy = true;
  co_return true;
}

task<session::reception> session::receive() {
  if (!co_await await_request()) co_return reception::nothing;
  started_ = steady_clock::now();
  request_.clear();
  header_checked_ = encouraged_ = false;
  const auto& settings = environment_.settings;
  request_parser parser(request_);
  parser.header_limit(settings.limits.header_bytes);
  parser.body_limit(settings.max_request_body);
  client_.expires_at(started_ + settings.limits.header);
  while (!refuses(parser)) {
    if (parser.is_done()) {
      keep_alive_ = parser.keep_alive() && !environment_.draining;
      co_return reception::request;
    }
    if (parser.is_header_done()) co_await encourage();
    if (co_await client_.read(parser.is_header_done() ? body_step(parser) : header_step)) continue;
    if (client_.interrupted() != interruption::deadline) co_return reception::nothing;
    refusal_ = {.status = 408,
                .code = error_code_words::request_timeout,
                .message = "cannot read the request: the rest of it did not come in time"};
    break;
  }
  co_return reception::refused;
}

// Before each wait for more of the body.
task<void> session::encourage() {
  if (!encouraged_ && expectation_of(request_) == expectation::continue_100 &&
      request_.body.empty()) {
    std::array<asio::const_buffer, 1> answer = {asio::buffer(continue_100)};
    co_await client_.write(answer, environment_.settings.limits.unread_answer);
  }
  encouraged_ = true;
  client_.expires_at(steady_clock::now() + environment_.settings.limits.body);
}

// Parses what has been received. True: it is refused, refusal_ tells why.
bool session::refuses(request_parser& parser) {
  auto& input = client_.input();
  boost::beast::error_code ec;
  if (input.size() != 0) input.consume(parser.put(input.data(), ec));
  if (parser.is_header_done() && !header_checked_ && refuses_header()) return true;
  if (ec == http::error::need_more) {
    // Chunk extensions and trailers have no limit in the parser.
    const bool endless =
        parser.is_header_done() && input.size() > environment_.settings.limits.header_bytes;
    if (!endless) return false;
    ec = http::error::header_limit;
  }
  if (!ec) return false;
  refusal_ = reception_error(ec, environment_.settings);
  return true;
}

bool session::refuses_header() {
  header_checked_ = true;
  if (const auto fault = smuggling_fault(request_.version, request_.fields)) {
    refusal_ = {.status = 400,
                .code = error_code_words::bad_request,
                .message = "cannot take the request: it has " + *fault};
    return true;
  }
  if (expectation_of(request_) == expectation::unknown) {
    refusal_ = {.status = 417,
                .code = error_code_words::expectation_failed,
                .message = "cannot meet the request's Expect: only 100-continue is known"};
    return true;
  }
  return false;
}

task<bool> session::forward(role_request to) {
  const auto& role = *to.role;
  auto& metrics = environment_.metrics;
  const in_flight counted(metrics, role.name);
  relay_outcome outcome;
  for (int admissions = 1; admissions <= most_admissions; ++admissions) {
    auto admitted = co_await admit(role);
    if (client_.interrupted() == interruption::client_gone) {
      metrics.client_gone(role.name);
      co_return false;
    }
    if (!admitted)
      co_return co_await send(to_reply(to_error_response(admitted.error())), role.name);
    relay carrier(environment_, client_, request_, role, to.target, keep_alive_);
    outcome = co_await carrier.run(*std::move(admitted));
    if (!outcome.unreachable || client_.interrupted() != interruption::none) break;
    timer pause(co_await asio::this_coro::executor, until_heard_of);
    co_await pause.async_wait(use_task);
  }
  if (outcome.client_gone) metrics.client_gone(role.name);
  if (outcome.failure) co_return co_await send(to_reply(*outcome.failure), role.name);
  if (outcome.status != 0)
    metrics.request_finished(role.name, outcome.status, steady_clock::now() - started_);
  co_return outcome.reusable;
}

// The ready path asks nobody; otherwise the control plane is asked while the client is watched.
task<session::admission> session::admit(const routed_role& role) {
  const auto asked = steady_clock::now();
  if (auto held = try_enter(role, nullptr, asked)) co_return std::move(held);

  client_.expires_at(time_point::max());  // the wait's own deadline goes with it
  client_.watch();
  std::optional<admission> answer;
  const auto ended = co_await asio::co_spawn(
      co_await asio::this_coro::executor,
      acquire_into(environment_.leases, role, asked + role.queue_deadline, answer),
      asio::bind_cancellation_slot(client_.interruption_slot(), asio::as_tuple(use_task)));
  client_.unwatch();
  environment_.metrics.queue_waited(role.name, steady_clock::now() - asked);
  if (client_.interrupted() != interruption::none)
    co_return refusal{
        .code = refusal_code::shutting_down,
        .message = "cannot wait for role '" + role.name + "': rolecalld is shutting down"};
  if (!answer) std::rethrow_exception(std::get<0>(ended));
  co_return *std::move(answer);
}

task<bool> session::send(own_reply reply, std::string_view role) {
  const bool shutting_down = client_.interrupted() == interruption::shutdown;
  client_.recover();
  const bool keeps = keep_alive_ && !environment_.draining;
  const auto text = to_wire(reply, keeps, request_.method == http::verb::head);
  std::array<asio::const_buffer, 1> message = {asio::buffer(text)};
  const auto patience = environment_.settings.limits.unread_answer;
  const bool written = co_await client_.write(message, shutting_down ? farewell : patience);
  environment_.metrics.request_finished(role, reply.status, steady_clock::now() - started_);
  co_return written&& keeps;
}

}  // namespace rolecall::proxy
