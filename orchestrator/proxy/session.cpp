#include "orchestrator/proxy/session.hpp"

#include "orchestrator/log_line.hpp"
#include "orchestrator/proxy/ollama_request.hpp"
#include "orchestrator/proxy/slot_use.hpp"

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
    while (co_await serve()) {
      conclude();
      client_.release_memory();
    }
    conclude();
    if (lingers_ && !environment_.draining) {
      client_.expires_at(steady_clock::now() + environment_.settings.limits.linger);
      co_await client_.linger();
    }
  } catch (const std::exception& failure) {
    log_line(priority::error, "session_failed").with("reason", failure.what());
    conclude();
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
    co_return co_await send_error(refusal_, {});
  }
  auto chosen = choose();
  if (auto* to = std::get_if<role_request>(&chosen)) {
    if (to->ollama && !translate(*to)) co_return co_await send_error(refusal_, to->role->name);
    co_return co_await forward(std::move(*to));
  }
  if (const auto* page = std::get_if<own_request>(&chosen))
    co_return co_await send(
        answer_page(*page, *routes_, environment_.states, visitor_.access()), {});
  co_return co_await send_error(std::get<error_response>(chosen), {});
}

request_view session::asked() const {
  return {.method = request_.method,
          .target = request_.target,
          .content_type = request_.fields.value(http::field::content_type),
          .body = request_.body,
          .wanted_headers = request_.fields.value(http::field::access_control_request_headers),
          .access = visitor_.access()};
}

selection session::choose() {
  auto view = asked();
  if (!scan_) return select_role(*routes_, view);
  const auto scanned = scan_->finish();
  view.scanned = &scanned;
  return select_role(*routes_, view);
}

// False: why is in refusal_.
bool session::translate(role_request& to) {
  auto translated = translate_request(*to.ollama, request_.body, to.role->name);
  if (!translated) {
    refusal_ = std::move(translated).error();
    return false;
  }
  to.target = std::move(translated->target);
  to.translation = std::move(translated->answer);
  request_.body = std::move(translated->body);
  return true;
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

// The client's own id of the request, if it gave a usable one.
void session::identify() {
  const auto given = request_.fields.value_of_unknown("X-Request-Id");
  request_.id = access::is_request_id(given) ? given : environment_.ids.next();
}

void session::begin_record() {
  record_ = {};
  record_.outcome = request_outcome::client_gone;
  sent_before_ = client_.sent();
  is_open_ = true;
}

void session::note(std::string_view role, unsigned status, request_outcome how) {
  record_.role = role;
  record_.status = status;
  record_.outcome = how;
}

// After each request, however it ended: its turn is given back, and it goes on record.
void session::conclude() {
  if (!std::exchange(is_open_, false)) return;
  const auto key = visitor_.key_name();
  if (!key.empty() && record_.status != 0)
    environment_.metrics.key_request_finished(key, record_.status);
  visitor_.leave();
  if (environment_.log == nullptr) return;
  const auto took = steady_clock::now() - started_;
  record_.arrived = std::chrono::system_clock::now() -
                    std::chrono::duration_cast<std::chrono::system_clock::duration>(took);
  record_.request_id = request_.id;
  record_.client = client_.address();
  record_.key = key;
  record_.method = request_.method_name;
  record_.target = request_.target;
  record_.bytes_out = client_.sent() - sent_before_;
  record_.total = took;
  environment_.log->write(record_);
}

task<bool> session::forward(role_request to) {
  const auto& role = *to.role;
  auto& metrics = environment_.metrics;
  const in_flight counted(metrics, role.name);
  relay_outcome outcome;
  for (int admissions = 1; admissions <= most_admissions; ++admissions) {
    record_.role = role.name;
    auto admitted = co_await admit(to);
    if (client_.interrupted() == interruption::client_gone) {
      metrics.client_gone(role.name);
      co_return false;
    }
    if (!admitted) co_return co_await send_error(to_error_response(admitted.error()), role.name);
    carrier_.emplace(
        environment_, client_, memory_, request_, to,
        relay::arrival{
            .started = started_, .keep_alive = keep_alive_, .is_answered = is_answered_});
    outcome = co_await carrier_->run(*std::move(admitted));
    const auto seen = carrier_->seen();
    carrier_.reset();
    record_.instance = seen.asked->name;
    if (seen.first_byte != time_point{}) record_.first_byte = seen.first_byte - started_;
    note(role.name, outcome.status,
         outcome.client_gone ? request_outcome::client_gone
         : seen.is_whole     ? request_outcome::answered
                             : request_outcome::incomplete);
    if (!outcome.unreachable || client_.interrupted() != interruption::none) break;
    timer pause(co_await asio::this_coro::executor, until_heard_of);
    co_await pause.async_wait(use_task);
  }
  if (outcome.client_gone) metrics.client_gone(role.name);
  if (outcome.failure) co_return co_await send_error(*outcome.failure, role.name);
  if (outcome.status != 0)
    metrics.request_finished(role.name, outcome.status, steady_clock::now() - started_);
  co_return outcome.reusable;
}

// A key of low priority cannot ask for more; one of high priority may ask for less.
residency::request_priority session::priority() const {
  const auto* key = visitor_.access().key;
  if (key != nullptr && key->settings().priority == registry::key_priority::background)
    return residency::request_priority::background;
  return priority_of(request_.fields);
}

task<bool> session::send_error(const error_response& error, std::string_view role) {
  if (is_answered_)
    return end_stream(error_event(error, form_of(request_.target)), error.status, role);
  return send(to_reply(error, form_of(request_.target)), role);
}

task<bool> session::send(own_reply reply, std::string_view role) {
  const bool shutting_down = client_.interrupted() == interruption::shutdown;
  client_.recover();
  const bool keeps = keep_alive_ && !environment_.draining;
  if (request_.id.empty()) identify();  // its header was not complete
  note(role, reply.status,
       reply.status < 400 ? request_outcome::own_page : request_outcome::refused);
  const auto text = to_wire(reply, keeps, request_.method == http::verb::head, request_.id);
  std::array<asio::const_buffer, 1> message = {asio::buffer(text)};
  const auto patience = environment_.settings.limits.unread_answer;
  const bool written = co_await client_.write(message, shutting_down ? farewell : patience);
  environment_.metrics.request_finished(role, reply.status, steady_clock::now() - started_);
  co_return written&& keeps;
}

}  // namespace rolecall::proxy
