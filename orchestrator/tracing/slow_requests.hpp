#pragma once

#include "orchestrator/tracing/request_trace.hpp"

#include <chrono>
#include <list>
#include <vector>

namespace rolecall::tracing {

/// Of each role the slowest requests of the last hour, and the last ones that failed: what an
/// operator looks for when a thousand quick ones have come since. Part of a request_ring, which
/// guards it.
class slow_requests {
 public:
  static constexpr std::size_t most_slow = 16;  ///< of a role
  static constexpr std::size_t most_failed = 16;
  static constexpr std::chrono::hours kept{1};  ///< then any slow one takes the place

  /// Takes the first of `ended` if it is one of them. `left_over` gets what is not kept: the
  /// request itself, or one that makes room for it.
  void offer(std::list<request_trace>& ended, std::list<request_trace>& left_over);

  /// `what` is called with each.
  template <typename Function>
  void for_each(Function what) const {
    for (const auto& role : roles_) {
      for (const auto& trace : role.slow) what(trace);
      for (const auto& trace : role.failed) what(trace);
    }
  }

 private:
  struct role_part {
    std::list<request_trace> slow;
    std::list<request_trace> failed;
    // Of `slow` when it is full; kept, so that a quick request costs two comparisons.
    duration shortest{0};
    time_point oldest{};
  };
  static void replace_one(role_part& role, std::list<request_trace>& ended,
                          std::list<request_trace>& left_over);
  static void look_again(role_part& role);

  std::vector<role_part> roles_;  // by role_id
};

}  // namespace rolecall::tracing
