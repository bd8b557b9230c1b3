#pragma once

#include "orchestrator/admin/status.hpp"
#include "orchestrator/metrics/catalogue.hpp"
#include "orchestrator/metrics/generating_speed.hpp"
#include "orchestrator/observation/heartbeat.hpp"
#include "orchestrator/observation/observer.hpp"
#include "orchestrator/proxy/server.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/any_io_executor.hpp>

namespace rolecall {

/// What is measured of the fleet in the background, for its metrics and its status: engines,
/// processes, the host, the daemon and its loops. Decides nothing, and nobody waits for it. Owned
/// by the controller; control thread.
class fleet_figures {
 public:
  using instance = observation::instance;
  using pulses = std::function<std::vector<proxy::thread_pulse>()>;

  /// `root`: where /proc and /sys are found, "/" but in tests. `metrics` outlives the figures.
  fleet_figures(const boost::asio::any_io_executor& control, std::filesystem::path root,
                observation::watched_folders folders, metrics::catalogue& metrics);

  void start();
  /// For good, so that the loop can end.
  void stop();
  /// Of the threads beside the control thread; asked at each scrape.
  void follow(pulses threads) { threads_ = std::move(threads); }

  /// A process of that name was started; its counters begin at 0.
  void process_began(const std::string& role, const std::string& name);
  struct ready_process {
    std::string role;  ///< that owns it
    std::string name;  ///< of its instance
    std::uint16_t port = 0;
    int pid = 0;
  };
  /// From now on.
  void watch(instance id, ready_process process);
  /// It takes no new requests any more, or it ended.
  void forget(instance id);

  /// Of the present process; empty before the first answer.
  [[nodiscard]] std::optional<admin::engine_status> engine(instance id) const;
  /// `role`: that owns the processes; `expected`: tokens per second.
  [[nodiscard]] metrics::role_speed speed(std::string_view role,
                                          std::optional<double> expected) const;
  /// Tokens per second of wall time, over the role's instances.
  [[nodiscard]] double throughput(std::string_view role) const;

  /// Makes the metrics of what grows older by itself fresh.
  void refresh();

 private:
  using time_point = std::chrono::steady_clock::time_point;
  struct watched {
    ready_process process;
    time_point since;
    std::optional<time_point> sampled = std::nullopt;
    metrics::engine_sample last = {};
  };

  void engine_sampled(instance id, const metrics::engine_sample& sample, time_point at);
  [[nodiscard]] observation::listeners listeners();
  [[nodiscard]] metrics::instance_metrics& shown(const ready_process& process);

  metrics::catalogue& metrics_;
  observation::heartbeat heartbeat_;
  observation::observer observer_;
  pulses threads_;
  std::map<instance, watched> watched_;
  std::map<std::string, metrics::generating_speed, std::less<>> speeds_;  // by role
};

}  // namespace rolecall
