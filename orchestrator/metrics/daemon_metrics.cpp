#include "orchestrator/metrics/daemon_metrics.hpp"

#include "orchestrator/metrics/daemon_definitions.hpp"
#include "orchestrator/metrics/exposition.hpp"

namespace rolecall::metrics {

struct daemon_metrics::series_of_daemon {
  explicit series_of_daemon(exposition& all) : shown(all) {}

  exposition& shown;
  family<Histogram>& loop_lag = shown.of<Histogram>(loop_lag_definition);
  family<Gauge>& heartbeat_age = shown.of<Gauge>(heartbeat_age_definition);
  series<Gauge> open_descriptors{shown, open_descriptors_definition};
  series<Gauge> descriptor_limit{shown, descriptor_limit_definition};
  series<Counter> user_seconds{shown, cpu_seconds_definition, "user"};
  series<Counter> system_seconds{shown, cpu_seconds_definition, "system"};
  series<Gauge> resident{shown, resident_memory_definition};
  series<Gauge> started{shown, start_timestamp_definition};
  family<Counter>& dropped_writes = shown.of<Counter>(dropped_writes_definition);
  series<Gauge> registry_generation{shown, registry_generation_definition};
  family<Counter>& registry_reloads = shown.of<Counter>(registry_reloads_definition);
  std::optional<series<Gauge>> build;
};

daemon_metrics::daemon_metrics(exposition& shown)
    : series_(std::make_unique<series_of_daemon>(shown)) {}
daemon_metrics::~daemon_metrics() = default;

void daemon_metrics::loop_lag(std::string_view thread, seconds lag) {
  series_->loop_lag.with(thread).Observe(lag.count());
}

void daemon_metrics::heartbeat_age(std::string_view thread, seconds age) {
  series_->heartbeat_age.with(thread).Set(age.count());
}

void daemon_metrics::started(std::chrono::system_clock::time_point at) {
  series_->started->Set(unix_seconds(at));
}

void daemon_metrics::usage(const daemon_usage& used) {
  auto& all = *series_;
  all.open_descriptors->Set(used.open_descriptors);
  show(all.descriptor_limit, used.descriptor_limit);
  raise_to(all.user_seconds, used.user_seconds);
  raise_to(all.system_seconds, used.system_seconds);
  all.resident->Set(static_cast<double>(used.resident_bytes));
}

void daemon_metrics::registry_generation(std::uint64_t generation) {
  series_->registry_generation->Set(static_cast<double>(generation));
}

void daemon_metrics::registry_reloaded(std::string_view outcome) {
  series_->registry_reloads.with(outcome).Increment();
}

void daemon_metrics::writes_dropped(std::string_view file, std::uint64_t count) {
  series_->dropped_writes.with(file).Increment(static_cast<double>(count));
}

void daemon_metrics::build(std::string_view version, std::string_view engine) {
  auto& shown = series_->build;
  if (shown) shown->remove();
  shown.emplace(series_->shown, build_info_definition, version, engine);
  (*shown)->Set(1);
}

}  // namespace rolecall::metrics
