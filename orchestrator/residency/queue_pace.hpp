#pragma once

#include "orchestrator/residency/catalogue.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace rolecall::residency {

/// How fast a role's queue moves: the mean time between two slots granted while somebody waits for
/// one, the recent ones counting most. Loads and idle times do not count.
class queue_pace {
 public:
  /// One step of the planner: so many slots were `granted`, and somebody is `waiting` on, for a
  /// slot of an instance that is ready.
  void step(time_point now, std::size_t granted, bool waiting);

  /// nullopt: nobody has waited for a slot yet.
  [[nodiscard]] std::optional<std::chrono::duration<double>> per_grant() const { return mean_; }

 private:
  std::optional<time_point> since_;  // the last grant, or when the queue began
  std::optional<std::chrono::duration<double>> mean_;
};

}  // namespace rolecall::residency
