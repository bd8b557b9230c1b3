#pragma once

#include "orchestrator/residency/catalogue.hpp"

#include <optional>
#include <vector>

namespace rolecall::residency {

/// What it takes to have an instance's memory back; less is better.
enum class reluctance {
  closing,  ///< its gate is closed already
  idle,     ///< an eviction away
  busy,     ///< leases have to end first
  loading,  ///< it has to become ready and serve who waits for it first
};

/// An instance that may have to leave: WARM and not pinned.
struct candidate {
  instance_id instance = 0;
  role_id role = 0;  ///< the serving role
  byte_count footprint = 0;
  reluctance cost = reluctance::idle;
  bool idle = true;  ///< holds no lease; possible for `closing` and `idle`
  time_point last_used{};

  bool operator==(const candidate&) const = default;
};

/// Who makes `needed` bytes of room: cheapest first, least recently used first, lower id first; and
/// then without those that turn out to be unnecessary, the most recently used spared first.
/// nullopt: all of them together do not.
[[nodiscard]] std::optional<std::vector<candidate>> choose_victims(
    std::vector<candidate> candidates, byte_count needed);

}  // namespace rolecall::residency
