#include "orchestrator/tracing/open_trace.hpp"

#include <algorithm>

namespace rolecall::tracing {

open_trace::~open_trace() {
  if (!is_open_) return;
  const std::lock_guard lock(ring_->mutex_);
  ring_->forget(trace_);
}

void open_trace::begin(const request_start& start) {
  if (ring_ == nullptr) return;
  const std::lock_guard lock(ring_->mutex_);
  if (is_open_) ring_->forget(trace_);
  trace_ = ring_->begin();
  is_open_ = true;
  trace_->id = start.id;
  trace_->trace_id = start.trace_id;
  trace_->role = start.role;
  trace_->role_id = start.role_id;
  trace_->key = start.key;
  trace_->route = start.route;
  trace_->priority = start.priority;
  trace_->marks.started = start.started;
  trace_->marks.received = start.received;
  trace_->instance = start.instance;
  if (!start.instance.empty()) trace_->marks.admitted = start.received;
  trace_->bytes_in = start.bytes_in;
}

void open_trace::waits(time_point since) {
  if (!is_open_) return;
  const std::lock_guard lock(ring_->mutex_);
  trace_->marks.waiting = since;
}

void open_trace::waited(duration time, duration loading, const std::vector<std::string>& evicted) {
  if (!is_open_) return;
  const std::lock_guard lock(ring_->mutex_);
  auto& marks = trace_->marks;
  marks.waiting = {};
  marks.waited += time;
  marks.loading += std::clamp(loading, duration{0}, time);
  trace_->evicted.insert(trace_->evicted.end(), evicted.begin(), evicted.end());
}

void open_trace::admitted(std::string_view instance, time_point when) {
  if (!is_open_) return;
  const std::lock_guard lock(ring_->mutex_);
  trace_->instance = instance;
  trace_->marks.admitted = when;
}

void open_trace::answered(time_point when) {
  if (!is_open_) return;
  const std::lock_guard lock(ring_->mutex_);
  trace_->marks.first = when;
}

void open_trace::end(const request_end& end) {
  if (!is_open_) return;
  const std::lock_guard lock(ring_->mutex_);
  if (!end.instance.empty()) trace_->instance = end.instance;
  trace_->outcome = end.outcome;
  trace_->status = end.status;
  trace_->marks.taken = end.taken;
  if (end.first != time_point{}) trace_->marks.first = end.first;
  trace_->marks.ended = end.ended;
  trace_->tokens = end.tokens;
  trace_->bytes_out = end.bytes_out;
  trace_->retries = end.retries;
  ring_->end(trace_);
  is_open_ = false;
}

}  // namespace rolecall::tracing
