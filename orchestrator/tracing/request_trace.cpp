#include "orchestrator/tracing/request_trace.hpp"

namespace rolecall::tracing {

phase_times phases_of(const request_marks& marks, time_point now) noexcept {
  constexpr time_point never{};
  const auto end = marks.ended != never ? marks.ended : now;
  phase_times phases;
  phases.receive = (marks.received != never ? marks.received : end) - marks.started;
  if (marks.received == never) return phases;
  const bool waits = marks.waiting != never;
  const auto waited = marks.waited + (waits ? end - marks.waiting : duration{0});
  if (waited != duration{0}) phases.queue = waited - marks.loading;
  if (marks.loading != duration{0}) phases.load = marks.loading;
  if (marks.admitted == never || waits) return phases;
  // Connecting is a matter of microseconds: what is in flight has it behind itself.
  const auto taken = marks.ended == never ? marks.admitted : marks.taken;
  phases.connect = (taken != never ? taken : end) - marks.received - waited;
  if (taken == never) return phases;
  const bool has_begun = marks.first != never;
  phases.prompt = (has_begun ? marks.first : end) - taken;
  if (has_begun) phases.generate = end - marks.first;
  return phases;
}

bool request_trace::has_failed() const noexcept {
  constexpr unsigned lowest_fault = 500;
  return status >= lowest_fault || outcome == "incomplete";
}

void request_trace::clear() noexcept {
  for (auto* text : {&id, &trace_id, &role, &instance, &key}) text->clear();
  role_id = no_role;
  route = "other";
  priority = {};
  outcome = in_flight_outcome;
  status = 0;
  arrived = {};
  marks = {};
  evicted.clear();
  tokens = {};
  bytes_in = bytes_out = 0;
  retries = 0;
}

}  // namespace rolecall::tracing
