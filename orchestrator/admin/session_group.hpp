#pragma once

#include <list>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

namespace rolecall::admin {

/// The coroutines that must have ended before the server may go. Owned by the server; control
/// thread only.
class session_group {
 public:
  explicit session_group(boost::asio::any_io_executor executor);

  /// Starts `task`. What it throws is dropped: sessions report to their clients themselves.
  void spawn(boost::asio::awaitable<void> task);
  /// Terminal cancellation of every task.
  void cancel();
  /// Completes when no task is left.
  [[nodiscard]] boost::asio::awaitable<void> async_wait_empty();

  [[nodiscard]] std::size_t size() const noexcept { return signals_.size(); }

 private:
  std::list<boost::asio::cancellation_signal> signals_;  // one per running task
  boost::asio::steady_timer task_ended_;                 // never expires; cancelled by each end
};

}  // namespace rolecall::admin
