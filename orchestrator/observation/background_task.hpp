#pragma once

#include <memory>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

namespace rolecall::observation {

/// A coroutine that is cancelled when this object goes. What it waits for then ends at once, but
/// for a pool's work, which it outlasts: the loop runs on until that is done. It has to look at its
/// cancellation state behind each wait, before it uses its owner. Belongs to the executor's thread.
class background_task {
 public:
  /// Anything but its cancellation that ends the coroutine is a bug, and thrown out of the loop.
  background_task(const boost::asio::any_io_executor& executor,
                  boost::asio::awaitable<void> coroutine);
  ~background_task();
  background_task(background_task&&) noexcept = default;
  background_task& operator=(background_task&&) = delete;

 private:
  // Shared with the coroutine's completion, because a slot must not go before what waits for it.
  std::shared_ptr<boost::asio::cancellation_signal> end_;
};

}  // namespace rolecall::observation
