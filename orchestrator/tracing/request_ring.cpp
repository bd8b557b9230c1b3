#include "orchestrator/tracing/request_ring.hpp"

#include <algorithm>

namespace rolecall::tracing {
namespace {

constexpr std::size_t most_spare = 64;

bool is_asked_for(const request_trace& trace, const request_query& query) noexcept {
  return (query.role.empty() || trace.role == query.role) &&
         (query.id.empty() || trace.id == query.id || trace.trace_id == query.id);
}

/// Whether `a` is told before `b`.
struct query_order {
  const request_query& query;
  time_point now;

  bool operator()(const request_trace& a, const request_trace& b) const noexcept {
    if (query.slow) return a.total(now) > b.total(now);
    return a.marks.started > b.marks.started;
  }
};

}  // namespace

// Guarded by the caller, as end() and forget() are.
request_ring::traces::iterator request_ring::begin() {
  if (spare_.empty())
    in_flight_.emplace_back();
  else
    in_flight_.splice(in_flight_.end(), spare_, spare_.begin());
  const auto begun = std::prev(in_flight_.end());
  begun->clear();
  return begun;
}

void request_ring::end(traces::iterator ended) {
  recent_.splice(recent_.end(), in_flight_, ended);
  if (recent_.size() > most_recent) slow_.offer(recent_, spare_);
  bound_spare();
}

void request_ring::forget(traces::iterator dropped) {
  spare_.splice(spare_.end(), in_flight_, dropped);
  bound_spare();
}

void request_ring::bound_spare() {
  while (spare_.size() > most_spare) spare_.pop_front();
}

void request_ring::select(const request_query& query, time_point now,
                          std::vector<request_trace>& out) const {
  const query_order order{.query = query, .now = now};
  std::vector<const request_trace*> found;
  found.reserve(2 * most_recent);  // not while the data thread waits
  const auto consider = [&](const request_trace& trace) {
    if (is_asked_for(trace, query)) found.push_back(&trace);
  };
  const std::lock_guard lock(mutex_);
  std::ranges::for_each(in_flight_, consider);
  std::ranges::for_each(recent_, consider);
  slow_.for_each(consider);
  const auto wanted = std::min(query.limit, found.size());
  std::ranges::partial_sort(
      found, found.begin() + static_cast<std::ptrdiff_t>(wanted),
      [&](const request_trace* a, const request_trace* b) { return order(*a, *b); });
  found.resize(wanted);
  for (const auto* trace : found) out.push_back(*trace);
}

void put_in_order(std::vector<request_trace>& traces, const request_query& query, time_point now) {
  std::ranges::stable_sort(traces, query_order{.query = query, .now = now});
  if (traces.size() > query.limit) traces.resize(query.limit);
}

}  // namespace rolecall::tracing
