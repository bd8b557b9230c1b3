#include "orchestrator/admin/requests_json.hpp"

#include "orchestrator/admin/json_text.hpp"

namespace rolecall::admin {
namespace {

using tracing::seconds;

constexpr int microseconds = 6;  // decimals

void text_member(json_text& json, std::string_view name, std::string_view text) {
  if (text.empty())
    json.null_member(name);
  else
    json.member(name, text);
}

void count_member(json_text& json, std::string_view name, std::optional<std::uint64_t> count) {
  if (count)
    json.member(name, *count);
  else
    json.null_member(name);
}

void time_member(json_text& json, std::string_view name, std::optional<seconds> time) {
  if (time)
    json.member(name, time->count());
  else
    json.null_member(name);
}

void write_phases(json_text& json, const tracing::phase_times& phases) {
  json.key("phases").begin_object();
  time_member(json, "receive", phases.receive);
  time_member(json, "queue", phases.queue);
  time_member(json, "load", phases.load);
  time_member(json, "connect", phases.connect);
  time_member(json, "prompt", phases.prompt);
  time_member(json, "generate", phases.generate);
  json.end_object();
}

void write(json_text& json, const tracing::request_trace& trace, tracing::time_point now) {
  const auto arrived =
      std::chrono::duration_cast<std::chrono::milliseconds>(trace.arrived.time_since_epoch());
  json.begin_object();
  text_member(json, "id", trace.id);
  text_member(json, "trace_id", trace.trace_id);
  json.member("arrived", static_cast<std::int64_t>(arrived.count()));
  text_member(json, "role", trace.role);
  text_member(json, "instance", trace.instance);
  json.member("route", trace.route);
  count_member(json, "status",
               trace.status != 0 ? std::optional<std::uint64_t>{trace.status} : std::nullopt);
  json.member("outcome", trace.outcome);
  text_member(json, "priority", trace.priority);
  json.member("total_seconds", seconds{trace.total(now)}.count());
  write_phases(json, tracing::phases_of(trace.marks, now));
  json.member("evicted", trace.evicted);
  count_member(json, "tokens_in", trace.tokens.in);
  count_member(json, "tokens_in_cached", trace.tokens.in_cached);
  count_member(json, "tokens_out", trace.tokens.out);
  json.member("bytes_in", trace.bytes_in);
  json.member("bytes_out", trace.bytes_out);
  json.member("retries", static_cast<std::uint64_t>(trace.retries));
  text_member(json, "key", trace.key);
  json.end_object();
}

}  // namespace

std::string to_json(const std::vector<tracing::request_trace>& requests, tracing::time_point now) {
  json_text json(microseconds);
  json.begin_object();
  json.key("requests").begin_array();
  for (const auto& trace : requests) write(json, trace, now);
  json.end_array();
  json.end_object();
  return json.text();
}

}  // namespace rolecall::admin
