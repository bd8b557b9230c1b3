#include "orchestrator/proxy/session.hpp"

#include "orchestrator/log_line.hpp"
#include "orchestrator/proxy/ollama_request.hpp"
#include "orchestrator/proxy/slot_use.hpp"

namespace rolecall::proxy {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using std::chrono::steady_clock;

namespace {

// An upstream that refuses connections has just died: the control plane is about to hear of it and
// to close its gate. Then the request waits with everybody else; it was sent to nobody.
constexpr int most_admissions = 5;
constexpr std::chrono::milliseconds until_heard_of{20};

/// Counts a request as being served for as long as it lives.
class in_flight {
 public:
  explicit in_flight(metrics::role_metrics& role) : role_(role) { role_.in_flight(1); }
  ~in_flight() { role_.in_flight(-1); }
  in_flight(const in_flight&) = delete;
  in_flight& operator=(const in_flight&) = delete;

 private:
  metrics::role_metrics& role_;
};

}  // namespace

task<void> session::run() {
  try {
    bool goes_on = co_await await_request();
    while (goes_on) {
      const auto received = co_await receive();
      goes_on = received != reception::nothing;
      if (goes_on) goes_on = co_await answer(received);
      conclude();
      if (!goes_on) break;
      client_.release_memory();
      goes_on = co_await await_request();
    }
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

// By a role, or here. False: the connection ends.
task<bool> session::answer(reception received) {
  if (received == reception::refused) {
    keep_alive_ = false;
    lingers_ = true;
    return send_error(refusal_, {});
  }
  auto chosen = choose();
  if (auto* to = std::get_if<role_request>(&chosen)) {
    if (to->ollama && !translate(*to)) return send_error(refusal_, to->role->name);
    return forward(std::move(*to));
  }
  if (const auto* page = std::get_if<own_request>(&chosen))
    return send(answer_page(*page, environment_.routes, environment_.states, visitor_.access()),
                {});
  return send_error(std::get<error_response>(chosen), {});
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
  if (!scan_) return select_role(environment_.routes, view);
  const auto scanned = scan_->finish();
  view.scanned = &scanned;
  return select_role(environment_.routes, view);
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
  auto& metrics = environment_.metrics.of(role.name);
  const in_flight counted(metrics);
  const auto kind = lease_kind_of(request_.method, to.target);
  relay_outcome outcome;
  for (int admissions = 1; admissions <= most_admissions; ++admissions) {
    record_.role = role.name;
    admission admitted = enter(to, kind);
    if (!*admitted) admitted = co_await admit(to, kind);
    if (client_.interrupted() == interruption::client_gone) {
      metrics.client_gone();
      co_return false;
    }
    if (!admitted) co_return co_await send_error(to_error_response(admitted.error()), role.name);
    carrier_.emplace(
        environment_, metrics, client_, memory_, request_, to,
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
    timer pause(environment_.here, until_heard_of);
    co_await pause.async_wait(no_throw);
  }
  if (outcome.client_gone) metrics.client_gone();
  if (outcome.failure) co_return co_await send_error(*outcome.failure, role.name);
  if (outcome.status != 0) metrics.request_finished(outcome.status, steady_clock::now() - started_);
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
  const bool written =
      co_await client_.write(message, shutting_down ? client_connection::farewell : patience);
  environment_.metrics.of(role).request_finished(reply.status, steady_clock::now() - started_);
  co_return written&& keeps;
}

}  // namespace rolecall::proxy
