#include "orchestrator/history.hpp"

#include <algorithm>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace rolecall {

namespace asio = boost::asio;

history::history(asio::any_io_executor executor)
    : arrival_(std::move(executor), asio::steady_timer::time_point::max()) {}

void history::append(admin::fleet_event event) {
  event.id = ++last_id_;
  event.unix_milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(
                                std::chrono::system_clock::now().time_since_epoch())
                                .count();
  events_.push_back(std::move(event));
  if (events_.size() > capacity) events_.pop_front();
  arrival_.cancel();
}

std::vector<admin::fleet_event> history::events_after(std::uint64_t id) const {
  const auto first = std::ranges::upper_bound(events_, id, {}, &admin::fleet_event::id);
  return {first, events_.end()};
}

// An arrival and a cancelled waiter look alike to the timer: the coroutine's own state tells them
// apart.
asio::awaitable<void> history::after(std::uint64_t id) {
  const auto cancellation = co_await asio::this_coro::cancellation_state;
  while (last_id_ <= id) {
    boost::system::error_code ended;
    co_await arrival_.async_wait(asio::redirect_error(asio::use_awaitable, ended));
    if (cancellation.cancelled() != asio::cancellation_type::none)
      throw boost::system::system_error(asio::error::operation_aborted);
  }
}

}  // namespace rolecall
