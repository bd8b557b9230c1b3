#pragma once

#include <string>
#include <string_view>

namespace rolecall::metrics {

/// The bounded label of a free-text reason, so that no log line or byte count ever becomes a time
/// series. In this order:
///   text with "signal N"     → "signal_N"  (1 … 64)
///   text with "exit code N"  → "exit_N"    (0 … 255)
///   a known first word       → that word: "evicted", "idle", "operator", "shutdown", "stalled",
///   "unresponsive",
///                              "crashed", "failed", "pressure"
///   anything else            → "other"
[[nodiscard]] std::string reason_label(std::string_view reason);

}  // namespace rolecall::metrics
