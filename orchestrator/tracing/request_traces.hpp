#pragma once

#include "orchestrator/tracing/request_ring.hpp"

#include <memory>
#include <vector>

namespace rolecall::tracing {

/// What is remembered of the front door's requests. Owned by main; outlives the front door, which
/// writes, and the controller, which reads.
class request_traces {
 public:
  /// `data_threads`: each gets a ring of its own, so that none waits for another.
  explicit request_traces(std::size_t data_threads);

  /// Of the data thread with this number, from 0.
  [[nodiscard]] request_ring& of_thread(std::size_t number) {
    return *rings_[number % rings_.size()];
  }
  /// Those that the query is for, in its order. Any thread.
  [[nodiscard]] std::vector<request_trace> select(
      const request_query& query, time_point now = std::chrono::steady_clock::now()) const;

 private:
  std::vector<std::unique_ptr<request_ring>> rings_;
};

}  // namespace rolecall::tracing
