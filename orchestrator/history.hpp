#pragma once

#include "orchestrator/admin/status.hpp"

#include <deque>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace rolecall {

/// The last events of the fleet, for operators who look or wait. Control thread only.
class history {
 public:
  static constexpr std::size_t capacity = 1000;

  explicit history(boost::asio::any_io_executor executor);

  /// Wakes everybody who waits in `after`.
  void append(admin::fleet_event event);

  [[nodiscard]] std::vector<admin::fleet_event> events_after(std::uint64_t id) const;
  [[nodiscard]] std::uint64_t last_id() const noexcept { return last_id_; }

  /// Completes when there is an event with a greater id. Cancellable: throws operation_aborted.
  [[nodiscard]] boost::asio::awaitable<void> after(std::uint64_t id);

 private:
  std::deque<admin::fleet_event> events_;
  std::uint64_t last_id_ = 0;
  boost::asio::steady_timer arrival_;  // never expires; cancelled by each arrival
};

}  // namespace rolecall
