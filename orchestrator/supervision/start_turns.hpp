#pragma once

#include "orchestrator/residency/catalogue.hpp"
#include "registry/footprint.hpp"

#include <vector>

namespace rolecall::supervision {

/// A HOT instance as far as the order of starts is concerned.
struct start_turn {
  enum class standing {
    waits,  ///< for its turn to load
    loads,
    up,  ///< its files are in memory, whether it is ready or computes first
  };
  residency::instance_id instance = 0;
  standing now = standing::waits;
  int priority = 0;                              ///< the highest goes first
  std::vector<registry::file_identity> files{};  ///< that its load reads
};

/// Who of those who wait may start now, in the order of priority, then of `turns`. A disk serves
/// one load at a time: two at once each take more than twice as long, and the page cache of neither
/// survives. Loads from different disks go on side by side. A file that somebody holds or loads
/// already is not read again, so replicas start together. Whoever waits for one of several disks
/// keeps those of lower priority off all of them. Pure.
[[nodiscard]] std::vector<residency::instance_id> starts_due(const std::vector<start_turn>& turns);

}  // namespace rolecall::supervision
