#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace rolecall::residency {

/// Counts the leases of one instance: the only mutable thing that data threads and the control
/// thread share. Data threads enter and leave; only the control thread opens, closes and asks to be
/// told of idleness. One atomic operation in, one out; nobody ever waits.
///
/// enter() counts first and looks afterwards, so a refused caller is counted until it has taken its
/// step back. While it is, leases() is one too high, close_if_idle() may refuse and
/// notify_when_idle() may promise a notice; that step back then gives the notice as a last lease
/// would. The other error, a lease that is not counted, cannot happen.
class gate {
 public:
  using clock = std::chrono::steady_clock;

  /// Takes a lease. False when the gate is closed; then nothing is held, but `idle_notice` is set
  /// when the control plane must be told of idleness, as by leave().
  [[nodiscard]] bool enter(clock::time_point now, bool& idle_notice) noexcept;

  /// Gives a lease back. True when the control plane asked to hear of idleness and this was the
  /// last lease: the caller must then post it.
  [[nodiscard]] bool leave(clock::time_point now) noexcept;

  void open() noexcept;
  /// No new leases; those held go on.
  void close() noexcept;
  /// Closes only if no lease is held. False: left as it was.
  [[nodiscard]] bool close_if_idle() noexcept;
  /// The next time the count reaches zero, leave() returns true, once. False when it is zero
  /// already: nothing will be told.
  [[nodiscard]] bool notify_when_idle() noexcept;

  [[nodiscard]] bool is_open() const noexcept;
  [[nodiscard]] std::uint32_t leases() const noexcept;
  /// When a lease was last taken or given back; the clock's epoch if never.
  [[nodiscard]] clock::time_point last_used() const noexcept;

 private:
  [[nodiscard]] bool step_back() noexcept;

  std::atomic<std::uint64_t> word_{0};  // bit 63 open, bit 62 notify, low 32 bits leases
  std::atomic<clock::rep> last_used_{0};
};

}  // namespace rolecall::residency
