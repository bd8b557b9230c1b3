#include "orchestrator/metrics/host_metrics.hpp"

#include "orchestrator/metrics/exposition.hpp"
#include "orchestrator/metrics/host_definitions.hpp"

#include <algorithm>
#include <map>

namespace rolecall::metrics {
namespace {

/// A resource's two scopes.
struct stalled_series {
  stalled_series(exposition& shown, std::string_view resource)
      : some(shown, host_stalled_definition, resource, "some"),
        full(shown, host_stalled_definition, resource, "full") {}

  void raise(const stalled_seconds& totals) {
    if (totals.some) raise_to(some, *totals.some);
    if (totals.full) raise_to(full, *totals.full);
  }

  series<Counter> some;
  series<Counter> full;
};

struct node_series {
  node_series(exposition& shown, int node)
      : bytes(shown, node_memory_definition, std::to_string(node)),
        free(shown, node_free_definition, std::to_string(node)) {}

  series<Gauge> bytes;
  series<Gauge> free;
};

struct disk_series {
  disk_series(exposition& shown, std::string_view directory)
      : bytes(shown, disk_definition, directory), free(shown, disk_free_definition, directory) {}

  void set(const std::optional<disk_space>& space) {
    if (!space) {
      bytes.remove();
      free.remove();
      return;
    }
    bytes->Set(static_cast<double>(space->bytes));
    free->Set(static_cast<double>(space->free));
  }

  series<Gauge> bytes;
  series<Gauge> free;
};

}  // namespace

struct host_metrics::series_of_host {
  explicit series_of_host(exposition& all) : shown(all) {}

  void set_nodes(const std::vector<node_memory>& told);
  void set_load(const std::optional<load_averages>& told);
  void raise_cpu(const cpu_seconds& totals);

  exposition& shown;
  series<Gauge> budget{shown, memory_budget_definition};
  series<Gauge> reserved{shown, memory_reserved_definition};
  series<Gauge> available{shown, host_available_definition};
  series<Gauge> missing{shown, host_missing_definition};
  series<Gauge> memory{shown, host_memory_definition};
  series<Gauge> page_cache{shown, host_page_cache_definition};
  stalled_series cpu_stalled{shown, "cpu"};
  stalled_series memory_stalled{shown, "memory"};
  stalled_series io_stalled{shown, "io"};
  std::map<int, node_series> nodes;
  series<Gauge> load_1{shown, host_load_definition, "1"};
  series<Gauge> load_5{shown, host_load_definition, "5"};
  series<Gauge> load_15{shown, host_load_definition, "15"};
  series<Counter> cpu_user{shown, host_cpu_seconds_definition, "user"};
  series<Counter> cpu_system{shown, host_cpu_seconds_definition, "system"};
  series<Counter> cpu_idle{shown, host_cpu_seconds_definition, "idle"};
  series<Counter> cpu_iowait{shown, host_cpu_seconds_definition, "iowait"};
  series<Counter> cpu_other{shown, host_cpu_seconds_definition, "other"};
  disk_series state_disk{shown, "state"};
  disk_series log_disk{shown, "log"};
};

// A node can be taken offline.
void host_metrics::series_of_host::set_nodes(const std::vector<node_memory>& told) {
  for (const auto& [node, bytes, free] : told) {
    auto& gauges = nodes.try_emplace(node, shown, node).first->second;
    gauges.bytes->Set(static_cast<double>(bytes));
    gauges.free->Set(static_cast<double>(free));
  }
  for (auto& [node, gauges] : nodes) {
    if (std::ranges::find(told, node, &node_memory::node) != told.end()) continue;
    gauges.bytes.remove();
    gauges.free.remove();
  }
}

void host_metrics::series_of_host::set_load(const std::optional<load_averages>& told) {
  show(load_1, told ? std::optional{told->one} : std::nullopt);
  show(load_5, told ? std::optional{told->five} : std::nullopt);
  show(load_15, told ? std::optional{told->fifteen} : std::nullopt);
}

void host_metrics::series_of_host::raise_cpu(const cpu_seconds& totals) {
  raise_to(cpu_user, totals.user);
  raise_to(cpu_system, totals.system);
  raise_to(cpu_idle, totals.idle);
  raise_to(cpu_iowait, totals.iowait);
  raise_to(cpu_other, totals.other);
}

host_metrics::host_metrics(exposition& shown) : series_(std::make_unique<series_of_host>(shown)) {}
host_metrics::~host_metrics() = default;

void host_metrics::budget(std::uint64_t budget_bytes, std::uint64_t reserved_bytes) {
  series_->budget->Set(static_cast<double>(budget_bytes));
  series_->reserved->Set(static_cast<double>(reserved_bytes));
}

void host_metrics::memory_left(std::uint64_t available_bytes, std::uint64_t missing_bytes) {
  series_->available->Set(static_cast<double>(available_bytes));
  series_->missing->Set(static_cast<double>(missing_bytes));
}

void host_metrics::sample(const host_sample& now) {
  auto& all = *series_;
  if (now.memory_bytes > 0) all.memory->Set(static_cast<double>(now.memory_bytes));
  show(all.page_cache, now.page_cache);
  all.cpu_stalled.raise(now.cpu_stalled);
  all.memory_stalled.raise(now.memory_stalled);
  all.io_stalled.raise(now.io_stalled);
  all.set_nodes(now.nodes);
  all.set_load(now.load);
  if (now.cpu) all.raise_cpu(*now.cpu);
  all.state_disk.set(now.state_disk);
  all.log_disk.set(now.log_disk);
}

}  // namespace rolecall::metrics
