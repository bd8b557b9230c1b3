#include "orchestrator/tracing/slow_requests.hpp"

#include <algorithm>

namespace rolecall::tracing {
namespace {

duration length_of(const request_trace& trace) noexcept { return trace.total(trace.marks.ended); }

}  // namespace

void slow_requests::offer(std::list<request_trace>& ended, std::list<request_trace>& left_over) {
  const auto& trace = ended.front();
  if (trace.role_id == request_trace::no_role) {
    left_over.splice(left_over.end(), ended, ended.begin());
    return;
  }
  if (trace.role_id >= roles_.size()) roles_.resize(trace.role_id + std::size_t{1});
  auto& role = roles_[trace.role_id];
  if (trace.has_failed()) {
    role.failed.splice(role.failed.end(), ended, ended.begin());
    if (role.failed.size() > most_failed)
      left_over.splice(left_over.end(), role.failed, role.failed.begin());
    return;
  }
  if (role.slow.size() < most_slow) {
    role.slow.splice(role.slow.end(), ended, ended.begin());
    look_again(role);
    return;
  }
  const bool is_time = trace.marks.ended - role.oldest > kept;
  if (is_time || length_of(trace) > role.shortest)
    replace_one(role, ended, left_over);
  else
    left_over.splice(left_over.end(), ended, ended.begin());
}

// One whose hour is over goes first, then the shortest.
void slow_requests::replace_one(role_part& role, std::list<request_trace>& ended,
                                std::list<request_trace>& left_over) {
  const auto now = ended.front().marks.ended;
  const auto leaves = std::ranges::min_element(role.slow, {}, [now](const request_trace& trace) {
    return now - trace.marks.ended > kept ? duration::min() : length_of(trace);
  });
  left_over.splice(left_over.end(), role.slow, leaves);
  role.slow.splice(role.slow.end(), ended, ended.begin());
  look_again(role);
}

void slow_requests::look_again(role_part& role) {
  role.shortest = duration::max();
  role.oldest = time_point::max();
  for (const auto& trace : role.slow) {
    role.shortest = std::min(role.shortest, length_of(trace));
    role.oldest = std::min(role.oldest, trace.marks.ended);
  }
}

}  // namespace rolecall::tracing
