#include "orchestrator/metrics/definition.hpp"

namespace rolecall::metrics {
namespace {

constexpr std::array all_definitions{instance_state_definition,
                                     instance_restarts_definition,
                                     loads_definition,
                                     load_duration_definition,
                                     evictions_definition,
                                     memory_budget_definition,
                                     memory_reserved_definition,
                                     instance_footprint_definition,
                                     instance_memory_definition,
                                     misestimates_definition,
                                     host_available_definition,
                                     host_missing_definition,
                                     requests_definition,
                                     request_duration_definition,
                                     queue_wait_definition,
                                     first_byte_definition,
                                     in_flight_definition,
                                     waiters_definition,
                                     slots_taken_definition,
                                     slots_definition,
                                     client_disconnects_definition,
                                     upstream_retries_definition,
                                     key_requests_definition,
                                     access_log_dropped_definition,
                                     dropped_writes_definition,
                                     registry_generation_definition,
                                     registry_reloads_definition,
                                     build_info_definition};

}  // namespace

std::string_view to_string(metric_type type) noexcept {
  switch (type) {
    case metric_type::counter:
      return "counter";
    case metric_type::gauge:
      return "gauge";
    case metric_type::histogram:
      return "histogram";
  }
  return "";
}

std::span<const definition> definitions() noexcept { return all_definitions; }

std::string definitions_as_markdown() {
  std::string text = "| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const auto& d : definitions()) {
    std::string labels;
    for (auto label : d.labels) {
      if (label.empty()) continue;
      if (!labels.empty()) labels += ", ";
      labels.append(label);
    }
    text.append("| `").append(d.name).append("` | ").append(to_string(d.type)).append(" | ");
    text.append(labels).append(" | ").append(d.help).append(" |\n");
  }
  return text;
}

}  // namespace rolecall::metrics
