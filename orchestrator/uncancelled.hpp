#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace rolecall {

/// The completion token for a wait on another thread's work: it lasts until that work is done; a
/// cancellation is seen at the coroutine's next wait. Boost 1.81 would carry it to the other
/// thread, where it may meet a coroutine that has ended in between.
[[nodiscard]] inline auto uncancelled() {
  return boost::asio::bind_cancellation_slot(boost::asio::cancellation_slot{},
                                             boost::asio::use_awaitable);
}

}  // namespace rolecall
