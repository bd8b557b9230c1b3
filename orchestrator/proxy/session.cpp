#include "orchestrator/proxy/session.hpp"

#include "orchestrator/log/log_line.hpp"
#include "orchestrator/proxy/inference_route.hpp"
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
    log_line(priority::error, "session_failed", component::proxy).with("reason", failure.what());
    conclude();
  }
  client_.close();
}

// By a role, or here. False: the connection ends.
task<bool> session::answer(reception received) {
  route_ = route_word(request_.target);
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
    return send(answer_page(*page, *routes_, environment_.states, visitor_.access()), {});
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

task<bool> session::forward(role_request to) {
  const auto& role = *to.role;
  auto& metrics = environment_.metrics.of(role.name);
  counted_ = &metrics;
  const in_flight counted(metrics);
  const auto kind = lease_kind_of(request_.method, to.target);
  relay_outcome outcome;
  auto now = received_;
  for (int admissions = 1; admissions <= most_admissions; ++admissions) {
    record_.role = role.name;
    admission admitted = enter(to, kind, now);
    if (admissions == 1) begin_trace(&role, kind, *admitted);
    if (!*admitted) {
      admitted = co_await admit(to, kind);
      now = steady_clock::now();
    }
    if (client_.interrupted() == interruption::client_gone) {
      metrics.client_gone();
      co_return false;
    }
    if (!admitted) co_return co_await send_error(to_error_response(admitted.error()), role.name);
    if (now != received_) trace_.admitted(admitted->target().name, now);
    carrier_.emplace(environment_, metrics, client_, memory_, request_, to,
                     relay::arrival{.started = started_,
                                    .admitted = now,
                                    .keep_alive = keep_alive_,
                                    .is_answered = is_answered_},
                     trace_);
    outcome = co_await carrier_->run(*std::move(admitted));
    note_carried(role.name, outcome);
    if (!outcome.unreachable || client_.interrupted() != interruption::none) break;
    timer pause(environment_.here, until_heard_of);
    co_await pause.async_wait(no_throw);
    now = steady_clock::now();
    ++retries_;
  }
  if (outcome.client_gone) metrics.client_gone();
  if (outcome.failure) co_return co_await send_error(*outcome.failure, role.name);
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
  co_return written&& keeps;
}

}  // namespace rolecall::proxy
