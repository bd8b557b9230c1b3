#pragma once

#include <chrono>
#include <thread>

namespace rolecall::test {

/// Looks every millisecond; false: not within `patience`.
template <typename Condition>
[[nodiscard]] bool wait_until(Condition condition,
                              std::chrono::seconds patience = std::chrono::minutes{2}) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
  }
  return true;
}

}  // namespace rolecall::test
