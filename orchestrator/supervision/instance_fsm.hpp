#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "launcher/process.hpp"
#include "registry/registry.hpp"

namespace rolecall::supervision {

using time_point = std::chrono::steady_clock::time_point;

/// The states of an instance: the same words in JSON, metrics, logs and documents.
enum class instance_state { stopped, starting, ready, draining, stopping, backoff, failed };
[[nodiscard]] const char* to_string(instance_state state) noexcept;

/// Restart after a crash: exponential backoff, then failed. Pure.
struct restart_policy {
  bool restarts = false;                          ///< HOT: by itself; WARM: by the next request
  std::chrono::milliseconds first_delay{500};
  std::chrono::milliseconds longest_delay{30000};
  int limit = 5;                                  ///< crashes in a row without having been ready for `settled`
  std::chrono::seconds settled{60};

  /// Delay before restart number `crashes` (1-based): first_delay · 2^(crashes−1), at most longest_delay.
  [[nodiscard]] std::chrono::milliseconds delay(int crashes) const noexcept;
};

// The FSM's events and actions are laid out in this header by its implementation; every (state, event) pair is
// answered, "nothing" included.

}  // namespace rolecall::supervision
