#pragma once

#include "orchestrator/proxy/lease_source.hpp"

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

namespace rolecall {

/// Tells the service manager how the daemon is (sd_notify(3)): that it is ready, what `systemctl
/// status` shows, that it reloads or stops, and, when the unit has WatchdogSec=, that the control
/// loop turns. Silent where nobody asked (no NOTIFY_SOCKET). Owned by main, lives on the control
/// thread. Children do not get the variables: launcher/environment.hpp.
class service_notice {
 public:
  /// `status` is asked about once a second for one line such as "12/14 roles ready"; it is told
  /// when it differs.
  service_notice(boost::asio::any_io_executor control, std::function<std::string()> status);

  /// The heartbeat; ready is told by the first one, when every coroutine that was there before has
  /// begun. A loop that hangs sends none. Runs until end().
  [[nodiscard]] boost::asio::awaitable<void> run();

  /// The registry is being read again; until reloaded().
  void reloading();
  void reloaded();
  /// The end has begun: as long as the loop turns, every heartbeat asks for more time, because
  /// draining takes what the longest request takes.
  void stopping();
  void end();

 private:
  void beat();

  boost::asio::steady_timer pause_;
  std::function<std::string()> status_;
  std::chrono::microseconds watchdog_{0};  ///< 0: none
  std::chrono::milliseconds gap_;
  std::string told_;
  bool is_ready_ = false;
  bool is_stopping_ = false;
  bool has_ended_ = false;
};

/// Pure: "12/14 roles ready", with those that are given up: "…, 1 failed".
[[nodiscard]] std::string ready_text(const std::vector<proxy::role_state>& roles);

/// Pure: the messages' texts.
[[nodiscard]] std::string ready_message(const std::string& status);
/// `now`: CLOCK_MONOTONIC, as Type=notify-reload wants it.
[[nodiscard]] std::string reloading_message(std::chrono::microseconds now);
/// Time between two heartbeats: a second, or half of what the watchdog allows.
[[nodiscard]] std::chrono::milliseconds heartbeat_gap(std::chrono::microseconds watchdog) noexcept;

}  // namespace rolecall
