#pragma once

#include "orchestrator/residency/catalogue.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <variant>

// What to do about it, in the order given: the planner's output.

namespace rolecall::residency {

enum class stop_reason { evicted, idle, pressure, operator_request, reload, shutdown };
[[nodiscard]] const char* to_string(stop_reason reason) noexcept;

/// Start the process; its memory is reserved already.
struct start {
  instance_id instance;
  std::optional<time_point> wanted_since = std::nullopt;  ///< it waited for its memory
  bool operator==(const start&) const = default;
};
/// Close the gate if idle and stop. If it is not idle any more: eviction_failed.
struct evict {
  instance_id instance;
  stop_reason reason;
  std::string detail;                                   ///< for whom or what, with the numbers
  std::optional<role_id> made_room_for = std::nullopt;  ///< of stop_reason::evicted
  bool operator==(const evict&) const = default;
};
/// Close the gate, let leases end (at most the drain time), stop.
struct stop {
  instance_id instance;
  stop_reason reason;
  bool operator==(const stop&) const = default;
};
/// Close the gate and report instance_idle when the last lease ends.
struct close_gate {
  instance_id instance;
  bool operator==(const close_gate&) const = default;
};
/// Open it again: nobody waits for this memory any more.
struct open_gate {
  instance_id instance;
  bool operator==(const open_gate&) const = default;
};
/// Report instance_idle the next time the last lease ends, or at once if none is held; the gate
/// stays as it is.
struct watch_idle {
  instance_id instance;
  bool operator==(const watch_idle&) const = default;
};
/// Take a lease for the waiter.
struct grant {
  waiter_id waiter;
  instance_id instance;
  bool operator==(const grant&) const = default;
};

enum class refusal_code {
  never_fits,     ///< 507
  queue_full,     ///< 429
  deadline,       ///< 503: waited as long as it was willing to
  role_failed,    ///< 503: the process crashed, could not start or was unloaded
  role_removed,   ///< 404: not in the registry any more
  shutting_down,  ///< 503
};
struct refusal {
  refusal_code code = refusal_code::deadline;
  std::string message;                  ///< with the numbers and the next step
  std::chrono::seconds retry_after{0};  ///< 0: no Retry-After header
  bool operator==(const refusal&) const = default;
};
struct refuse {
  waiter_id waiter;
  refusal why;
  bool operator==(const refuse&) const = default;
};

using action = std::variant<start, evict, stop, close_gate, open_gate, watch_idle, grant, refuse>;
/// One line for logs and failing tests: "grant waiter 7 instance 2".
[[nodiscard]] std::string to_string(const action& a);

}  // namespace rolecall::residency
