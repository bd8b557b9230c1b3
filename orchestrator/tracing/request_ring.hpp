#pragma once

#include "orchestrator/tracing/request_trace.hpp"
#include "orchestrator/tracing/slow_requests.hpp"

#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::tracing {

/// Which requests are asked for.
struct request_query {
  std::string role = {};   ///< empty: any
  std::string id = {};     ///< a request's id or trace id; empty: any
  std::size_t limit = 50;  ///< most
  bool slow = false;       ///< slowest first; otherwise latest first
};

/// The requests of one data thread: those in flight, the last ones that ended, and of the ones
/// before them the slow and the failed. Bounded but for those in flight. Its thread writes, several
/// times a request and never for long; whoever reads holds it up for some ten microseconds.
/// Thread-safe; owned by request_traces.
class request_ring {
 public:
  static constexpr std::size_t most_recent = 1024;

  /// Appends copies of those that the query is for, at most its limit, in its order.
  void select(const request_query& query, time_point now, std::vector<request_trace>& out) const;

 private:
  friend class open_trace;
  using traces = std::list<request_trace>;

  [[nodiscard]] traces::iterator begin();
  void end(traces::iterator ended);
  void forget(traces::iterator dropped);
  void bound_spare();

  mutable std::mutex mutex_;
  traces in_flight_;
  traces recent_;  // oldest first
  slow_requests slow_;
  traces spare_;  // memory for the next ones: requests come and go without an allocation
};

/// Orders what several rings gave by the query, and cuts it at the limit.
void put_in_order(std::vector<request_trace>& traces, const request_query& query, time_point now);

}  // namespace rolecall::tracing
