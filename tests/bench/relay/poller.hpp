#pragma once

#include "launcher/descriptor.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <span>

#include <sys/epoll.h>

namespace rolecall::bench {

/// CLOCK_MONOTONIC, hence the same in every process of the machine: time stamps may cross.
using clock = std::chrono::steady_clock;

/// An epoll instance. Level-triggered: what was not read is told again.
class poller {
 public:
  poller();

  /// `key` comes back with the descriptor's events.
  void add(int descriptor, std::uint32_t events, std::uint64_t key);
  void change(int descriptor, std::uint32_t events, std::uint64_t key);

  /// Events until `deadline`, none once it is met. Valid until the next call. Throws
  /// std::runtime_error after SIGINT or SIGTERM, see stop_on_signals().
  [[nodiscard]] std::span<const epoll_event> wait(clock::time_point deadline);

 private:
  launcher::descriptor epoll_;
  std::array<epoll_event, 256> events_{};
};

/// From now on SIGINT and SIGTERM make every poller's wait() throw, so that children are ended by
/// the destructors of what owns them.
void stop_on_signals();

/// Throws std::runtime_error if such a signal has come.
void throw_if_stopped();

}  // namespace rolecall::bench
