#pragma once

#include "orchestrator/residency/catalogue.hpp"

#include <optional>
#include <utility>
#include <vector>

namespace rolecall::residency {

/// A request that waits for a role to be ready.
struct waiter {
  waiter_id id = 0;
  role_id role = 0;     ///< asked for; limits count against it
  role_id serving = 0;  ///< whose instances will serve it
  time_point since{};
  time_point deadline{};
};

/// Everybody who waits, in the order of arrival. At most the sum of the roles' queue limits, so it
/// is simply searched.
class waiting_list {
 public:
  void add(waiter w) { waiters_.push_back(w); }
  /// Nothing happens for one who is not waiting any more.
  void remove(waiter_id id);

  /// Removes and returns, in the order of arrival, those for whom `wanted` holds.
  template <class Predicate>
  [[nodiscard]] std::vector<waiter> take_if(Predicate wanted) {
    std::vector<waiter> taken;
    std::erase_if(waiters_, [&](const waiter& w) {
      if (!wanted(w)) return false;
      taken.push_back(w);
      return true;
    });
    return taken;
  }

  [[nodiscard]] bool empty() const noexcept { return waiters_.empty(); }
  [[nodiscard]] std::size_t count(role_id role) const noexcept;
  /// Since when the oldest waiter for `serving` has been waiting.
  [[nodiscard]] std::optional<time_point> oldest(role_id serving) const noexcept;
  [[nodiscard]] std::optional<time_point> next_deadline() const noexcept;

 private:
  std::vector<waiter> waiters_;
};

}  // namespace rolecall::residency
