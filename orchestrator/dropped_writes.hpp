#pragma once

#include "orchestrator/metrics/catalogue.hpp"

#include <cstdint>
#include <string>

namespace rolecall {

/// What becomes of writes that a full or broken disk refuses: each is counted, the first of a row
/// is logged, and the log is told once when it works again. Nothing fails because of it. One for
/// each kind of file; lives on the thread of who writes.
class dropped_writes {
 public:
  /// `file`: the kind, as the metric's label: "learned_footprints", "instance_log" …
  dropped_writes(std::string file, metrics::catalogue& metrics)
      : file_(std::move(file)), metrics_(metrics) {}

  /// `reason` names the file.
  void failed(const std::string& reason, std::uint64_t count = 1);
  void succeeded();

 private:
  std::string file_;
  metrics::catalogue& metrics_;
  std::uint64_t in_a_row_ = 0;
};

}  // namespace rolecall
