#pragma once

#include "orchestrator/metrics/role_metrics.hpp"
#include "orchestrator/metrics/samples.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace rolecall::metrics {

struct instance_families;

/// A process's measured memory, in bytes.
struct measured {
  std::uint64_t pss = 0;
  std::uint64_t anon = 0;
  std::uint64_t file = 0;
  std::uint64_t swapped = 0;
};

/// An instance's metrics. What was never told is not shown, nor what is told to be unknown. Owned
/// by the catalogue, as long as that lives. Control thread.
class instance_metrics {
 public:
  instance_metrics(instance_families& all, std::string_view role, std::string_view instance);
  ~instance_metrics();
  instance_metrics(const instance_metrics&) = delete;
  instance_metrics& operator=(const instance_metrics&) = delete;

  // -- its life
  /// One-hot over the seven states.
  void state(std::string_view word);
  void ready_since(std::optional<std::chrono::system_clock::time_point> since);
  void generation(std::uint64_t generation);
  /// `reason`: any text; its reason_label() is counted by. Likewise below.
  void restarted(std::string_view reason);
  void leases(std::uint64_t leases);
  void slots(std::uint32_t taken, std::uint32_t capacity);

  // -- its loads
  void load_finished(seconds duration);
  void load_failed(std::string_view reason);
  /// `phase`: queued, evicting, page_in, engine or warm_up; another counts as "other".
  void load_phase(std::string_view phase, seconds took);
  /// 0 to 1.
  void load_ratio(std::optional<double> ratio);

  // -- its memory, in bytes
  void footprint(std::uint64_t bytes);
  void reserved(std::uint64_t bytes);
  void estimated(std::uint64_t bytes);
  void learned(std::optional<std::uint64_t> bytes);
  void memory(const measured& bytes);
  void memory_gone();
  /// Where its memory lies; nodes that were told before and are not among them go.
  void nodes(std::span<const node_share> shares);

  // -- its process
  /// One starts, whose totals begin at 0; the counters go on. Without this call, as for a process
  /// that was adopted, counting begins with the first sample.
  void begin_process();
  void usage(const process_usage& used);
  void engine(const engine_sample& sample);
  /// Since the last sample, or since it was ready; what engine() told stays, however old.
  void engine_sample_age(seconds age);
  void engine_sample_failed();
  /// There is none any more: threads, nodes and the engine's gauges go, and counters stay.
  void process_gone();

  /// It is in the registry no more: every gauge goes, and counters stay.
  void gone();

 private:
  struct series_of_one;
  std::unique_ptr<series_of_one> series_;
};

}  // namespace rolecall::metrics
