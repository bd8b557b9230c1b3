// The first part of session: how a request comes in, and what is refused before anybody reads it.
#include "orchestrator/proxy/session.hpp"
#include "orchestrator/tracing/trace_context.hpp"

#include <algorithm>

#include <boost/beast/http/error.hpp>

namespace rolecall::proxy {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t header_step = 4 << 10;
constexpr std::uint64_t largest_body_step = 128 << 10;
constexpr std::string_view trace_parent = "traceparent";
constexpr std::string_view continue_100 = "HTTP/1.1 100 Continue\r\n\r\n";
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
  started_ = steady_clock::now();
  take_routes();
  request_.clear();
  begin_record();
  scan_.reset();
  scanned_ = 0;
  header_checked_ = encouraged_ = is_answered_ = false;
  const auto& settings = environment_.settings;
  request_parser parser(request_);
  parser.header_limit(settings.limits.header_bytes);
  parser.body_limit(settings.max_request_body);
  client_.expires_at(started_ + settings.limits.header);
  while (!refuses(parser)) {
    if (parser.is_done()) {
      received_ = steady_clock::now();
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
  if (input.size() != 0) {
    const auto count = parser.put(input.data(), ec);
    input.consume(count);
    record_.bytes_in += count;
  }
  if (parser.is_header_done() && !header_checked_) {
    if (refuses_header()) return true;
    if (wants_scan(asked())) scan_.emplace(routes_->uses_affinity);
  }
  if (scan_) {
    scan_->feed(std::string_view{request_.body}.substr(scanned_));
    scanned_ = request_.body.size();
  }
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

// The registry may have been reloaded since the last request.
void session::take_routes() {
  if (routes_ == environment_.routes) return;
  routes_ = environment_.routes;
  if (door_ == nullptr) return;
  const auto* role = routes_->find(*door_);
  visitor_.come_through(role != nullptr && role->name == *door_ ? role : nullptr);
}

bool session::refuses_header() {
  header_checked_ = true;
  identify();
  if (door_ != nullptr && visitor_.access().door == nullptr) {
    refusal_ = {.status = 404,
                .code = error_code_words::model_not_found,
                .message = "cannot serve this address: its role '" + *door_ +
                           "' was removed from the registry"};
    return true;
  }
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
  if (auto refused = visitor_.greet(request_, environment_.access.clients)) {
    refusal_ = *std::move(refused);
    return true;
  }
  return false;
}

// The client's own id of the request, if it gave a usable one, and that of the trace it belongs to.
void session::identify() {
  const auto given = request_.fields.value_of_unknown("X-Request-Id");
  request_.id = access::is_request_id(given) ? given : environment_.ids.next();
  const auto parent = request_.fields.value_of_unknown(trace_parent);
  // Several name none (W3C Trace Context, section 3.2.1).
  if (!parent.empty() && request_.fields.count_of_unknown(trace_parent) == 1)
    record_.trace_id = tracing::trace_id_of(parent);
}

}  // namespace rolecall::proxy
