#pragma once

#include "orchestrator/metrics/role_metrics.hpp"
#include "orchestrator/metrics/samples.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace rolecall::metrics {

class exposition;

/// The daemon itself. Owned by the catalogue. Control thread, save where said otherwise.
class daemon_metrics {
 public:
  explicit daemon_metrics(exposition& shown);
  ~daemon_metrics();
  daemon_metrics(const daemon_metrics&) = delete;
  daemon_metrics& operator=(const daemon_metrics&) = delete;

  /// How late a loop ran what was due. `thread`: "control", "data-1" … Any thread.
  void loop_lag(std::string_view thread, seconds lag);
  /// Since the thread's loop last ran its heartbeat. Any thread.
  void heartbeat_age(std::string_view thread, seconds age);

  void started(std::chrono::system_clock::time_point at);
  void usage(const daemon_usage& used);

  void registry_generation(std::uint64_t generation);
  /// `outcome`: applied or refused.
  void registry_reloaded(std::string_view outcome);
  /// `file`: the kind, "learned_footprints", "instance_log" … Any thread.
  void writes_dropped(std::string_view file, std::uint64_t count);
  /// Replaces what was told before.
  void build(std::string_view version, std::string_view engine);

 private:
  struct series_of_daemon;
  std::unique_ptr<series_of_daemon> series_;
};

}  // namespace rolecall::metrics
