#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "registry/registry.hpp"

namespace rolecall::residency {

using registry::byte_count;
using time_point = std::chrono::steady_clock::time_point;

/// Index of an instance in the planner's catalogue, and of a role. Stable for the catalogue's life.
using instance_id = std::uint32_t;
using role_id = std::uint32_t;
/// One request waiting for a lease.
using waiter_id = std::uint64_t;

/// What the planner knows of a role and its instances from the beginning.
struct catalogue {
  struct role {
    std::string name;
    registry::tier tier = registry::tier::warm;
    std::vector<instance_id> instances;            ///< of the serving role; shared roles list the same ones
    registry::queue_limits queue;
    std::optional<std::chrono::seconds> idle_unload;
  };
  struct instance {
    std::string name;
    role_id role = 0;                               ///< the serving role
    byte_count footprint = 0;
  };
  byte_count budget = 0;
  std::chrono::seconds patience{15};
  std::vector<role> roles;
  std::vector<instance> instances;
};

/// The planner's view of a process; supervision's seven states seen through memory.
enum class presence {
  absent,    ///< no process, nothing reserved
  starting,  ///< reserved from the decision on
  ready,
  closing,   ///< gate closed so that another role's turn comes; leases still held run to their end; reserved
  stopping,  ///< reserved until the exit is confirmed
  backoff,   ///< HOT: crashed, will start again; reserved
  failed,    ///< given up until an operator or a request after the cool-down; nothing reserved
};

// ---- events: what happened. `now` is the moment it did.

/// A request needs a role whose gate was closed.
struct lease_requested { waiter_id waiter; role_id role; time_point deadline; };
/// The client went away before it was answered.
struct waiter_withdrawn { waiter_id waiter; };
struct instance_became_ready { instance_id instance; };
/// The process is gone (exit confirmed). `will_restart`: supervision restarts it itself after a backoff (HOT).
struct instance_exited { instance_id instance; bool failed = false; bool will_restart = false; std::string reason; };
/// Supervision's backoff is over: it starts again under the reservation it kept.
struct instance_restarting { instance_id instance; };
/// The last lease was given back after notify_when_idle.
struct instance_idle { instance_id instance; };
/// A victim took a lease between the decision and the closing of its gate: the eviction did not happen.
struct eviction_failed { instance_id instance; };
struct operator_load { role_id role; };
/// `force`: running requests are cut off after the drain time instead of refusing a busy role.
struct operator_unload { role_id role; bool force = false; };
struct operator_pin { role_id role; bool pinned = true; };
/// Time passed: deadlines, patience and idle times are looked at.
struct tick {};

using event = std::variant<lease_requested, waiter_withdrawn, instance_became_ready, instance_exited,
                           instance_restarting, instance_idle, eviction_failed, operator_load, operator_unload,
                           operator_pin, tick>;

// ---- actions: what to do about it, in this order.

enum class stop_reason { evicted, idle, operator_request, shutdown };
[[nodiscard]] const char* to_string(stop_reason reason) noexcept;

/// Start the process; its footprint is reserved already.
struct start { instance_id instance; bool operator==(const start&) const = default; };
/// Close the gate if idle and stop. If it is not idle any more: eviction_failed.
struct evict { instance_id instance; stop_reason reason; std::string detail; bool operator==(const evict&) const = default; };
/// Close the gate, let leases end (at most the drain time), stop.
struct stop { instance_id instance; stop_reason reason; bool operator==(const stop&) const = default; };
/// Close the gate and report instance_idle when the last lease ends.
struct close_gate { instance_id instance; bool operator==(const close_gate&) const = default; };
/// Open it again: nobody waits for this memory any more.
struct open_gate { instance_id instance; bool operator==(const open_gate&) const = default; };
/// Report instance_idle the next time the last lease ends; the gate stays open.
struct watch_idle { instance_id instance; bool operator==(const watch_idle&) const = default; };
struct grant { waiter_id waiter; instance_id instance; bool operator==(const grant&) const = default; };

enum class refusal_code {
  never_fits,      ///< 507
  queue_full,      ///< 429
  deadline,        ///< 503: waited as long as it was willing to
  role_failed,     ///< 503: the process crashed or could not start
  shutting_down,   ///< 503
};
struct refusal {
  refusal_code code = refusal_code::deadline;
  std::string message;                            ///< with the numbers and the next step
  std::chrono::seconds retry_after{0};            ///< 0: no Retry-After header
  bool operator==(const refusal&) const = default;
};
struct refuse { waiter_id waiter; refusal why; bool operator==(const refuse&) const = default; };

using action = std::variant<start, evict, stop, close_gate, open_gate, watch_idle, grant, refuse>;
[[nodiscard]] std::string to_string(const action& a);

/// Activity of one instance as its gate told it when the event was taken from the queue.
struct activity {
  std::uint32_t leases = 0;
  time_point last_used{};
};

struct residency_row {
  presence state = presence::absent;
  bool pinned = false;
};

/// Who lives in RAM: budget, reservations, waiters, least recently used. Pure: no clock, no socket, no pid; the same
/// events give the same actions. Owned by the controller, lives on the control thread.
class planner {
 public:
  explicit planner(catalogue known);

  /// The one transition function. `use` is indexed by instance_id.
  [[nodiscard]] std::vector<action> step(const event& e, time_point now, const std::vector<activity>& use);

  /// HOT roles, in registry order: the first actions of a fleet.
  [[nodiscard]] std::vector<action> launch();
  /// Stops everything, refuses every waiter and whoever comes later.
  [[nodiscard]] std::vector<action> shut_down(time_point now);

  /// The next moment at which a tick would do something.
  [[nodiscard]] std::optional<time_point> next_tick(const std::vector<activity>& use) const;

  [[nodiscard]] byte_count budget() const noexcept;
  [[nodiscard]] byte_count reserved() const noexcept;
  [[nodiscard]] const residency_row& row(instance_id instance) const;
  [[nodiscard]] std::size_t waiting(role_id role) const noexcept;
  [[nodiscard]] const catalogue& known() const noexcept;

 private:
  // Laid out by the implementation.
  catalogue known_;
};

}  // namespace rolecall::residency
