#pragma once

// Private to this folder.

#include "orchestrator/metrics/exposition.hpp"

#include <array>
#include <atomic>
#include <string>

namespace rolecall::metrics {

/// Counters by HTTP status, each added to its family by its first use. Thread-safe: counting locks
/// nothing.
class status_counters {
 public:
  /// `add`: gives the counter of a status, the same one to everybody.
  template <typename Add>
  void count(unsigned status, Add add) {
    // A status that HTTP does not know counts as the lowest, so that the label stays bounded.
    if (status < lowest || status >= lowest + size) status = lowest;
    auto& slot = counters_[status - lowest];
    auto* counter = slot.load(std::memory_order_acquire);
    if (counter == nullptr) {
      counter = &add(std::to_string(status));
      slot.store(counter, std::memory_order_release);
    }
    counter->Increment();
  }

 private:
  static constexpr unsigned lowest = 100;
  static constexpr unsigned size = 500;  // 100 … 599

  std::array<std::atomic<Counter*>, size> counters_{};
};

}  // namespace rolecall::metrics
