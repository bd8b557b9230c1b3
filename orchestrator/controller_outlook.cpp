// What the controller lets requests know that wait, and whose clients are told.

#include "orchestrator/controller.hpp"

#include <algorithm>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall {

namespace asio = boost::asio;
using supervision::instance_state;

namespace {

// Comments come every few seconds.
constexpr std::chrono::milliseconds outlook_interval{500};

}  // namespace

bool controller::wants_outlooks() const {
  return std::ranges::any_of(plan_.routes->roles, &proxy::routed_role::comments);
}

asio::awaitable<void> controller::keep_outlooks() {
  tells_outlooks_ = true;
  asio::steady_timer timer(control_);
  while (true) {
    update_outlooks();
    timer.expires_after(outlook_interval);
    co_await timer.async_wait(asio::use_awaitable);
  }
}

void controller::update_outlooks() {
  const auto tell = [](std::atomic<int>& told, std::optional<int> known) {
    told.store(known.value_or(proxy::wait_outlook::unknown), std::memory_order_relaxed);
  };
  std::map<residency::role_id, std::optional<int>> percents;  // many wait for the same
  for (const auto& [id, w] : waiters_) {
    if (w.outlook == nullptr) continue;
    const auto [percent, is_new] = percents.try_emplace(w.asked.role);
    if (is_new) percent->second = loaded_percent(w.asked.role);
    std::optional<int> before;
    if (const auto count = planner_.waiting_before(id)) before = static_cast<int>(*count);
    tell(w.outlook->before, before);
    tell(w.outlook->loaded, percent->second);
  }
}

// Of several that load, the one that is nearest to its end will serve first. A role that is ready
// has waiters for want of slots.
std::optional<int> controller::loaded_percent(residency::role_id role) const {
  std::optional<int> furthest;
  for (const auto id : plan_.catalogue.roles[role].instances) {
    if (state_of(id) == instance_state::ready) return std::nullopt;
    if (const auto ratio = loaded_ratio(id))
      furthest = std::max(furthest, std::optional{static_cast<int>(*ratio * 100)});
  }
  return furthest;
}

}  // namespace rolecall
