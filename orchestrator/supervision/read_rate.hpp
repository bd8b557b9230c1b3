#pragma once

#include "orchestrator/supervision/instance_fsm.hpp"

#include <cstdint>
#include <deque>
#include <optional>

namespace rolecall::supervision {

/// How fast a count of bytes has grown over the last second. Pure.
class read_rate {
 public:
  /// The count at `now`. Moments closer than a tenth of a second to the last one are left out.
  void add(std::uint64_t bytes, time_point now);

  /// Bytes per second; empty before two moments are known.
  [[nodiscard]] std::optional<double> per_second() const;

 private:
  struct sample {
    time_point at;
    std::uint64_t bytes;
  };
  std::deque<sample> samples_;  // the second one is less than a second old
};

}  // namespace rolecall::supervision
