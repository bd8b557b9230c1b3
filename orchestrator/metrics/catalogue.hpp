#pragma once

#include "orchestrator/metrics/daemon_metrics.hpp"
#include "orchestrator/metrics/host_metrics.hpp"
#include "orchestrator/metrics/instance_metrics.hpp"
#include "orchestrator/metrics/role_metrics.hpp"
#include "orchestrator/metrics/role_speed.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rolecall::metrics {

/// Every metric of the daemon, named once; no third-party type shows. All names start with
/// `rolecall_`. A series is shown from its first value on; a gauge only while its value is known.
class catalogue {
 public:
  catalogue();
  ~catalogue();
  catalogue(const catalogue&) = delete;
  catalogue& operator=(const catalogue&) = delete;

  // -- the data plane: any thread
  /// `role`: one of the registry, or "" (unknown).
  [[nodiscard]] role_metrics& of(std::string_view role);
  /// What its in_flight() adds up to. Does not make a role known that nobody asked, as of() does.
  [[nodiscard]] std::uint64_t requests_in_flight(std::string_view role) const;
  /// `key`: a name of the key file.
  void key_request_finished(std::string_view key, unsigned status);
  void access_log_dropped(std::uint64_t lines);
  /// A connection of a client opened (+1) or closed (-1).
  void client_connections(int delta);

  // -- the daemon: any thread
  [[nodiscard]] daemon_metrics& daemon();

  // -- the control plane: its thread
  /// Valid as long as the catalogue: an instance that is gone may come back, and counts on.
  [[nodiscard]] instance_metrics& of(std::string_view role, std::string_view instance);
  [[nodiscard]] host_metrics& host();

  /// `reason`: any text; its reason_label() is counted by.
  void evicted(std::string_view role, std::string_view reason);
  void misestimated(std::string_view role);
  /// `priority`: interactive or background.
  void waiting(std::string_view role, std::string_view priority, std::size_t waiters);
  /// `word`: hot or warm; anything else shows none. Replaces what was told before.
  void tier(std::string_view role, std::string_view word);
  void speed(std::string_view role, const role_speed& known);
  /// It is in the registry no more: its gauges of the control plane go.
  void role_gone(std::string_view role);

  /// Prometheus' text format 0.0.4. Any thread.
  [[nodiscard]] std::string text() const;

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace rolecall::metrics
