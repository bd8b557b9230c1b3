#pragma once

#include "orchestrator/residency/catalogue.hpp"
#include "orchestrator/residency/gate.hpp"

#include <string>
#include <variant>
#include <vector>

// What happened: the planner's input.

namespace rolecall::residency {

/// Who goes first of those who wait for a role.
enum class request_priority : std::uint8_t { interactive, background };
/// "interactive", "background".
[[nodiscard]] constexpr const char* to_string(request_priority priority) noexcept {
  return priority == request_priority::background ? "background" : "interactive";
}

/// A request found no gate of its role that let it in.
struct lease_requested {
  waiter_id waiter;
  role_id role;
  time_point deadline;
  lease_kind kind = lease_kind::slot;
  request_priority priority = request_priority::interactive;
};
/// Grants of one step led to gates that had closed or filled up meanwhile: those waiters take their
/// old places again. To be told before anything else.
struct grants_missed {
  struct waiter {
    lease_requested asked;
    time_point since;
  };
  std::vector<waiter> waiters;
};
/// The client went away before it was answered.
struct waiter_withdrawn {
  waiter_id waiter;
};
/// A process of the daemon before this one was taken over, before launch(). It is reserved, above
/// the budget if that is the truth. `leaving`: it is being stopped, and a HOT one starts again
/// after it.
struct instance_adopted {
  instance_id instance;
  bool leaving = false;
};
/// Its gate is open already.
struct instance_became_ready {
  instance_id instance;
};
/// The process is gone (exit confirmed). `will_restart`: supervision restarts it itself after a
/// backoff (HOT).
struct instance_exited {
  instance_id instance;
  bool failed = false;
  bool will_restart = false;
  std::string reason{};
};
/// Supervision's backoff is over: it starts again under the reservation it kept.
struct instance_restarting {
  instance_id instance;
};
/// A HOT instance would start again and does not do so by itself: its process was killed for its
/// memory and its footprint has grown since, or it failed a good while ago. What reservation it has
/// is given back, and it is wanted like any other.
struct instance_wanted {
  instance_id instance;
};
/// The last lease was given back after close_gate or watch_idle. May be late: leases may have been
/// taken since.
struct instance_idle {
  instance_id instance;
};
/// A slot was given back while somebody waited for one, or was free when the queue was announced.
/// May be late: it may have been granted since.
struct slot_freed {
  instance_id instance;
};
/// A victim took a lease between the decision and the closing of its gate: the eviction did not
/// happen.
struct eviction_failed {
  instance_id instance;
};
/// Loads what of the role is not loaded, as a request would; it stays wanted until it fits. Nothing
/// happens for a role that never fits.
struct operator_load {
  role_id role;
};
/// Stops the role's instances once their leases have ended; who waits for the role to be loaded is
/// refused. `force`: running requests are cut off after the drain time. `restart`: it is loaded
/// again afterwards, so waiters stay.
struct operator_unload {
  role_id role;
  bool force = false;
  bool restart = false;
};
/// A pinned role is neither evicted nor unloaded when idle. Outlives unloading.
struct operator_pin {
  role_id role;
  bool pinned = true;
};
/// What an instance takes beside its files was measured or learned anew. While it is reserved the
/// reservation follows at once, above the budget if that is the truth.
struct footprint_changed {
  instance_id instance;
  byte_count footprint;
};
/// By how much the host's available memory lies below the floor that is kept for it; 0: it does
/// not. Told anew with every reading while it does: each one is answered once.
struct host_memory {
  byte_count missing;
};
/// Time passed: deadlines, patience and idle times are looked at.
struct tick {};

using event =
    std::variant<lease_requested, grants_missed, waiter_withdrawn, instance_adopted,
                 instance_became_ready, instance_exited, instance_restarting, instance_wanted,
                 instance_idle, slot_freed, eviction_failed, operator_load, operator_unload,
                 operator_pin, footprint_changed, host_memory, tick>;

/// Activity of one instance as its gate told it when the event was taken from the queue.
struct activity {
  std::uint32_t leases = 0;  ///< of both kinds
  std::uint32_t slots_taken = 0;
  time_point last_used{};
  bool open = true;  ///< nothing is granted through a gate that supervision has closed
};

}  // namespace rolecall::residency
