// The fourth part of session: what stays of a request when it is over, in metrics, traces and log.
#include "orchestrator/log/log_line.hpp"
#include "orchestrator/proxy/session.hpp"

namespace rolecall::proxy {

using std::chrono::steady_clock;

void session::begin_record() {
  record_ = {};
  record_.outcome = request_outcome::client_gone;
  taken_ = first_ = {};
  tokens_ = {};
  retries_ = 0;
  route_ = "other";
  counted_ = nullptr;
  received_ = ended_ = {};
  sent_before_ = client_.sent();
  is_open_ = true;
}

void session::note(std::string_view role, unsigned status, request_outcome how) {
  record_.role = role;
  record_.status = status;
  record_.outcome = how;
  ended_ = {};
}

// After each attempt to have it answered by an upstream.
void session::note_carried(std::string_view role, const relay_outcome& outcome) {
  const auto now = steady_clock::now();
  const auto seen = carrier_->finish(now);
  carrier_.reset();
  record_.instance = seen.asked->name;
  if (seen.first_byte != time_point{}) record_.first_byte = seen.first_byte - started_;
  taken_ = seen.taken;
  first_ = seen.first_token;
  tokens_ = seen.tokens;
  retries_ += seen.retries;
  note(role, outcome.status,
       outcome.client_gone ? request_outcome::client_gone
       : seen.is_whole     ? request_outcome::answered
                           : request_outcome::incomplete);
  ended_ = now;
}

// `story`: nullptr when nobody answered.
void session::note_wait(steady_clock::duration waited, const wait_story* story) {
  if (story == nullptr) {
    trace_.waited(waited, {}, {});
    return;
  }
  const auto loading = std::chrono::duration_cast<steady_clock::duration>(story->load);
  trace_.waited(waited, loading, story->evicted);
}

// `role`: nullptr for a request that goes to none; `admitted`: empty unless it was at once.
void session::begin_trace(const routed_role* role, residency::lease_kind kind,
                          const lease& admitted) {
  if (environment_.traces == nullptr) return;
  const bool has_turn = kind == residency::lease_kind::slot;
  trace_.begin({.id = request_.id,
                .trace_id = record_.trace_id,
                .role = role != nullptr ? role->name : record_.role,
                .role_id = role != nullptr ? role->id : tracing::request_trace::no_role,
                .key = visitor_.key_name(),
                .route = route_,
                .priority = has_turn ? to_string(priority()) : "",
                .started = started_,
                .received = received_,
                .instance = admitted ? std::string_view{admitted.target().name} : "",
                .bytes_in = record_.bytes_in});
}

// The front door's own pages are looked at by monitors all the time, and nobody waits for them.
void session::end_trace() {
  if (!trace_.is_open() && record_.outcome != request_outcome::own_page)
    begin_trace(nullptr, residency::lease_kind::slotless, {});
  trace_.end({.instance = record_.instance,
              .outcome = to_string(record_.outcome),
              .status = record_.status,
              .taken = taken_,
              .first = first_,
              .ended = ended_,
              .tokens = tokens_,
              .bytes_out = record_.bytes_out,
              .retries = retries_});
}

// After each request, however it ended: it is counted and goes on record, and its turn is given
// back.
void session::conclude() {
  if (!std::exchange(is_open_, false)) return;
  if (ended_ == time_point{}) ended_ = steady_clock::now();
  const auto took = ended_ - started_;
  record_.bytes_out = client_.sent() - sent_before_;
  const auto key = visitor_.key_name();
  auto& counted = counted_ != nullptr ? *counted_ : environment_.metrics.of(record_.role);
  counted.transferred(record_.bytes_in, record_.bytes_out);
  if (record_.status != 0) counted.request_finished(route_, record_.status, took);
  if (!key.empty() && record_.status != 0)
    environment_.metrics.key_request_finished(key, record_.status);
  end_trace();
  visitor_.leave();
  log_line(priority::debug, "request", component::proxy)
      .with("id", request_.id)
      .with("role", record_.role)
      .with("instance", record_.instance)
      .with("route", route_)
      .with("status", record_.status)
      .with("outcome", to_string(record_.outcome))
      .with("seconds", std::chrono::duration<double>(took).count());
  if (environment_.log == nullptr) return;
  record_.arrived = std::chrono::system_clock::now() -
                    std::chrono::duration_cast<std::chrono::system_clock::duration>(
                        steady_clock::now() - started_);
  record_.request_id = request_.id;
  record_.client = client_.address();
  record_.key = key;
  record_.method = request_.method_name;
  record_.target = request_.target;
  record_.total = took;
  environment_.log->write(record_);
}

}  // namespace rolecall::proxy
