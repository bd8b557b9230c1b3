#pragma once

#include "orchestrator/residency/event.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace rolecall::residency {

/// A request that waits for a role to be ready, or for one of its slots.
struct waiter {
  waiter_id id = 0;
  role_id role = 0;     ///< asked for; limits count against it
  role_id serving = 0;  ///< whose instances will serve it
  time_point since{};
  time_point deadline{};
  lease_kind kind = lease_kind::slot;
  request_priority priority = request_priority::interactive;
  time_point turn{};  ///< the earlier goes first
};

/// Everybody who waits, in the order of their turns; among equals, of their ids. At most the sum of
/// the roles' queue limits, so it is simply searched.
class waiting_list {
 public:
  void add(waiter w);
  /// Nothing happens for one who is not waiting any more.
  void remove(waiter_id id);

  /// Removes and returns those for whom `wanted` holds. It is asked once for each, in order.
  template <class Predicate>
  [[nodiscard]] std::vector<waiter> take_if(Predicate wanted) {
    std::vector<waiter> taken;
    std::size_t kept = 0;
    for (const auto& w : waiters_) {
      if (wanted(w))
        taken.push_back(w);
      else
        waiters_[kept++] = w;
    }
    waiters_.resize(kept);
    return taken;
  }
  /// Removes and returns the background request for `role` whose turn is the last.
  [[nodiscard]] std::optional<waiter> take_last_background(role_id role);

  /// Whoever asked for a role is served by another from now on: `serving(role)`.
  template <class Function>
  void redirect(Function serving) {
    for (auto& w : waiters_) w.serving = serving(w.role);
  }

  [[nodiscard]] bool empty() const noexcept { return waiters_.empty(); }
  [[nodiscard]] std::size_t count(role_id role) const noexcept;
  [[nodiscard]] std::size_t count(role_id role, request_priority priority) const noexcept;
  /// Whoever `serving` will serve.
  [[nodiscard]] std::size_t count_served_by(role_id serving) const noexcept;
  /// Of those whom the same role will serve, how many have their turn before this one; nullopt: it
  /// does not wait.
  [[nodiscard]] std::optional<std::size_t> before(waiter_id id) const noexcept;
  /// Since when the oldest waiter for `serving` has been waiting.
  [[nodiscard]] std::optional<time_point> oldest(role_id serving) const noexcept;
  [[nodiscard]] std::optional<time_point> next_deadline() const noexcept;

 private:
  std::vector<waiter> waiters_;
};

}  // namespace rolecall::residency
