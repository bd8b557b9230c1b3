#include "orchestrator/residency/waiting_list.hpp"

#include <algorithm>
#include <tuple>

namespace rolecall::residency {

void waiting_list::add(waiter w) {
  const auto place =
      std::ranges::upper_bound(waiters_, std::tuple{w.turn, w.id}, {}, [](const waiter& other) {
        return std::tuple{other.turn, other.id};
      });
  waiters_.insert(place, w);
}

void waiting_list::remove(waiter_id id) {
  std::erase_if(waiters_, [id](const waiter& w) { return w.id == id; });
}

std::optional<waiter> waiting_list::take_last_background(role_id role) {
  const auto last = std::find_if(waiters_.rbegin(), waiters_.rend(), [role](const waiter& w) {
    return w.role == role && w.priority == request_priority::background;
  });
  if (last == waiters_.rend()) return std::nullopt;
  const auto taken = *last;
  waiters_.erase(std::next(last).base());
  return taken;
}

std::size_t waiting_list::count(role_id role) const noexcept {
  return static_cast<std::size_t>(std::ranges::count(waiters_, role, &waiter::role));
}

std::size_t waiting_list::count(role_id role, request_priority priority) const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(
      waiters_, [&](const waiter& w) { return w.role == role && w.priority == priority; }));
}

std::size_t waiting_list::count_served_by(role_id serving) const noexcept {
  return static_cast<std::size_t>(std::ranges::count(waiters_, serving, &waiter::serving));
}

std::optional<std::size_t> waiting_list::before(waiter_id id) const noexcept {
  const auto found = std::ranges::find(waiters_, id, &waiter::id);
  if (found == waiters_.end()) return std::nullopt;
  return static_cast<std::size_t>(std::count_if(waiters_.begin(), found, [&](const waiter& other) {
    return other.serving == found->serving;
  }));
}

std::optional<time_point> waiting_list::oldest(role_id serving) const noexcept {
  std::optional<time_point> first;
  for (const auto& w : waiters_)
    if (w.serving == serving && (!first || w.since < *first)) first = w.since;
  return first;
}

std::optional<time_point> waiting_list::next_deadline() const noexcept {
  if (waiters_.empty()) return std::nullopt;
  return std::ranges::min_element(waiters_, {}, &waiter::deadline)->deadline;
}

}  // namespace rolecall::residency
