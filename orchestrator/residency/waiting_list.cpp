#include "orchestrator/residency/waiting_list.hpp"

#include <algorithm>

namespace rolecall::residency {

void waiting_list::remove(waiter_id id) {
  std::erase_if(waiters_, [id](const waiter& w) { return w.id == id; });
}

std::size_t waiting_list::count(role_id role) const noexcept {
  return static_cast<std::size_t>(std::ranges::count(waiters_, role, &waiter::role));
}

std::optional<time_point> waiting_list::oldest(role_id serving) const noexcept {
  const auto first = std::ranges::find(waiters_, serving, &waiter::serving);
  if (first == waiters_.end()) return std::nullopt;
  return first->since;
}

std::optional<time_point> waiting_list::next_deadline() const noexcept {
  if (waiters_.empty()) return std::nullopt;
  return std::ranges::min_element(waiters_, {}, &waiter::deadline)->deadline;
}

}  // namespace rolecall::residency
