#pragma once

#include <string>
#include <string_view>

namespace rolecall::metrics {

/// The bounded label of a free-text reason, so that no log line or byte count ever becomes a time
/// series. In this order:
///   a known beginning, behind "crashed: " or not → "out_of_memory", "could_not_allocate",
///   "assertion", "bad_flag", "port_in_use", "model_file", "wedged", "cannot_start"
///   text with "signal N"     → "signal_N"  (1 … 64)
///   text with "exit code N"  → "exit_N"    (0 … 255)
///   a known first word       → that word: "reload", "evicted", "idle", "operator", "shutdown",
///   "stalled", "unresponsive", "crashed", "failed", "pressure"
///   anything else            → "other"
[[nodiscard]] std::string reason_label(std::string_view reason);

}  // namespace rolecall::metrics
