#pragma once

#include <optional>

namespace rolecall::metrics {

/// What is known of a role's speed.
struct role_speed {
  std::optional<double> measured;    ///< tokens per second of generating
  std::optional<double> expected;    ///< likewise
  std::optional<double> acceptance;  ///< accepted / drafted tokens, 0 to 1

  /// Measured / expected; absent without either, or when nothing is expected.
  [[nodiscard]] std::optional<double> ratio() const noexcept {
    if (!measured || !expected || *expected <= 0) return std::nullopt;
    return *measured / *expected;
  }

  bool operator==(const role_speed&) const = default;
};

}  // namespace rolecall::metrics
