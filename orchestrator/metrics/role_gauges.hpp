#pragma once

// Private to this folder.

#include "orchestrator/metrics/exposition.hpp"
#include "orchestrator/metrics/role_speed.hpp"

#include <string_view>

namespace rolecall::metrics {

/// What the control plane shows by role.
struct role_gauge_families {
  explicit role_gauge_families(exposition& shown);

  family<Gauge>& waiters;
  family<Gauge>& tier;
  family<Gauge>& speed;
  family<Gauge>& expected_speed;
  family<Gauge>& speed_ratio;
  family<Gauge>& draft_acceptance;
};

/// A role's gauges of the control plane; each is shown while its value is known. Control thread.
class role_gauges {
 public:
  role_gauges(role_gauge_families& all, std::string_view role);

  /// `priority`: background; anything else is interactive.
  void waiting(std::string_view priority, std::size_t waiters);
  /// `word`: hot or warm; anything else shows none.
  void tier(std::string_view word);
  void speed(const role_speed& known);
  void gone();

 private:
  series<Gauge> interactive_;
  series<Gauge> background_;
  series<Gauge> hot_;
  series<Gauge> warm_;
  series<Gauge> speed_;
  series<Gauge> expected_speed_;
  series<Gauge> speed_ratio_;
  series<Gauge> draft_acceptance_;
};

}  // namespace rolecall::metrics
