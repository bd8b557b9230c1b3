#pragma once

#include "orchestrator/residency/catalogue.hpp"

#include <string>
#include <vector>

namespace rolecall::residency {

enum class load_decision {
  ready,     ///< nothing to do
  loading,   ///< under way already
  start,     ///< at once
  evict,     ///< as soon as the idle victims have left
  wait,      ///< for exits, for requests to end, or for roles that were asked for earlier
  pressure,  ///< strangers hold the host's memory: see host_memory
  never,     ///< not even if every WARM role left
};
[[nodiscard]] const char* to_string(load_decision decision) noexcept;

/// What loading a role would do now: who would go and why. Of all its instances that are missing
/// and fit together; the slowest of them decides.
struct load_plan {
  struct victim {
    instance_id instance = 0;
    bool at_once = true;           ///< false: when it has become idle
    std::chrono::seconds idle{0};  ///< since it was last used
    byte_count freed = 0;          ///< when those before it have left
    std::string reason;
    bool operator==(const victim&) const = default;
  };
  load_decision decision = load_decision::ready;
  std::string verdict;           ///< one line, with the numbers
  byte_count private_bytes = 0;  ///< of the missing instances
  byte_count new_files = 0;      ///< bytes of files that nobody maps yet
  byte_count held_files = 0;     ///< bytes of files that are in memory for others already
  byte_count free = 0;           ///< of the budget
  std::vector<victim> victims;   ///< in the order in which they would go

  /// On top of what is reserved.
  [[nodiscard]] byte_count needed() const noexcept { return private_bytes + new_files; }
  bool operator==(const load_plan&) const = default;
};

}  // namespace rolecall::residency
