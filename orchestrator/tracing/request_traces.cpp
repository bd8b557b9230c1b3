#include "orchestrator/tracing/request_traces.hpp"

#include <algorithm>

namespace rolecall::tracing {

request_traces::request_traces(std::size_t data_threads) {
  for (std::size_t i = 0; i < std::max<std::size_t>(data_threads, 1); ++i)
    rings_.push_back(std::make_unique<request_ring>());
}

std::vector<request_trace> request_traces::select(const request_query& query,
                                                  time_point now) const {
  std::vector<request_trace> found;
  for (const auto& ring : rings_) ring->select(query, now, found);
  put_in_order(found, query, now);
  // Here, as it would be one more look at a clock for every request.
  const auto at_present = std::chrono::system_clock::now();
  for (auto& trace : found)
    trace.arrived = at_present - std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                     now - trace.marks.started);
  return found;
}

}  // namespace rolecall::tracing
