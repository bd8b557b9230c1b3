#include "orchestrator/service_notice.hpp"

#include <algorithm>
#include <cstdint>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <systemd/sd-daemon.h>

namespace rolecall {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds status_interval{1};
// What a stop may take from one heartbeat to the next.
constexpr const char* more_time = "EXTEND_TIMEOUT_USEC=15000000";

void tell(const std::string& message) { ::sd_notify(0, message.c_str()); }

std::chrono::microseconds watchdog_of_unit() {
  std::uint64_t microseconds = 0;
  if (::sd_watchdog_enabled(0, &microseconds) <= 0) return {};
  return std::chrono::microseconds(microseconds);
}

}  // namespace

std::string ready_text(const std::vector<proxy::role_state>& roles) {
  const auto count = [&](std::string_view state) {
    return std::ranges::count(roles, state, &proxy::role_state::state);
  };
  const auto known = std::ranges::ssize(roles) - count("");  // less those that a reload removed
  auto text = std::to_string(count("ready")) + "/" + std::to_string(known) + " roles ready";
  if (const auto failed = count("failed"); failed > 0)
    text += ", " + std::to_string(failed) + " failed";
  return text;
}

std::string ready_message(const std::string& status) { return "READY=1\nSTATUS=" + status; }

std::string reloading_message(std::chrono::microseconds now) {
  return "RELOADING=1\nMONOTONIC_USEC=" + std::to_string(now.count());
}

std::chrono::milliseconds heartbeat_gap(std::chrono::microseconds watchdog) noexcept {
  if (watchdog.count() == 0) return status_interval;
  const auto half = std::chrono::duration_cast<std::chrono::milliseconds>(watchdog / 2);
  return std::clamp<std::chrono::milliseconds>(half, std::chrono::milliseconds{1}, status_interval);
}

service_notice::service_notice(asio::any_io_executor control, std::function<std::string()> status)
    : pause_(std::move(control)),
      status_(std::move(status)),
      watchdog_(watchdog_of_unit()),
      gap_(heartbeat_gap(watchdog_)) {}

asio::awaitable<void> service_notice::run() {
  while (!has_ended_) {
    beat();
    pause_.expires_after(gap_);
    co_await pause_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

void service_notice::beat() {
  auto status = status_();
  if (!is_ready_) {
    is_ready_ = true;
    tell(ready_message(status));
  } else if (status != told_) {
    tell("STATUS=" + status);
  }
  told_ = std::move(status);
  if (watchdog_.count() > 0) tell("WATCHDOG=1");
  if (is_stopping_) tell(more_time);
}

void service_notice::reloading() {
  // steady_clock is CLOCK_MONOTONIC here.
  tell(reloading_message(std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now().time_since_epoch())));
}

void service_notice::reloaded() {
  told_ = status_();
  tell(ready_message(told_));
}

void service_notice::end() {
  has_ended_ = true;
  pause_.cancel();
}

void service_notice::stopping() {
  is_stopping_ = true;
  tell("STOPPING=1");
  tell(more_time);
}

}  // namespace rolecall
