#pragma once

#include <chrono>
#include <initializer_list>

#include <signal.h>

namespace rolecall::rolectl {

/// Signals as something to be read instead of something that happens, for as long as this lives.
/// Threads that are started meanwhile leave them to it.
class signal_inbox {
 public:
  /// Throws std::system_error when the process may open no more descriptors.
  explicit signal_inbox(std::initializer_list<int> signals);
  ~signal_inbox();
  signal_inbox(const signal_inbox&) = delete;
  signal_inbox& operator=(const signal_inbox&) = delete;

  /// Readable when a signal has come.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// The signal that came first; 0 when none has.
  [[nodiscard]] int take() noexcept;
  /// Waits for one, and takes it; false when `deadline` came first.
  [[nodiscard]] bool came_before(std::chrono::steady_clock::time_point deadline) noexcept;

 private:
  ::sigset_t before_{};
  int descriptor_ = -1;
};

}  // namespace rolecall::rolectl
