#include "orchestrator/admin/session_group.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall::admin {

namespace asio = boost::asio;

session_group::session_group(asio::any_io_executor executor)
    : task_ended_(std::move(executor), asio::steady_timer::time_point::max()) {}

void session_group::spawn(asio::awaitable<void> task) {
  const auto signal = signals_.emplace(signals_.end());
  asio::co_spawn(task_ended_.get_executor(), std::move(task),
                 asio::bind_cancellation_slot(signal->slot(),
                                              [this, signal](const std::exception_ptr& /*error*/) {
                                                signals_.erase(signal);
                                                task_ended_.cancel();
                                              }));
}

void session_group::cancel() {
  // The next one is found first: a task may end, and leave the list, while it is told.
  for (auto it = signals_.begin(); it != signals_.end();) {
    auto& signal = *it++;
    signal.emit(asio::cancellation_type::terminal);
  }
}

asio::awaitable<void> session_group::async_wait_empty() {
  while (!signals_.empty()) co_await task_ended_.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace rolecall::admin
