#include "orchestrator/metrics/definition.hpp"

#include "orchestrator/metrics/daemon_definitions.hpp"
#include "orchestrator/metrics/host_definitions.hpp"
#include "orchestrator/metrics/instance_definitions.hpp"
#include "orchestrator/metrics/role_definitions.hpp"

#include <charconv>

namespace rolecall::metrics {
namespace {

constexpr std::array all_definitions{requests_definition,
                                     request_duration_definition,
                                     queue_wait_definition,
                                     first_byte_definition,
                                     first_token_definition,
                                     token_gap_definition,
                                     in_flight_definition,
                                     tokens_in_definition,
                                     tokens_in_cached_definition,
                                     tokens_out_definition,
                                     received_bytes_definition,
                                     sent_bytes_definition,
                                     client_disconnects_definition,
                                     upstream_retries_definition,
                                     client_connections_definition,
                                     key_requests_definition,
                                     access_log_dropped_definition,
                                     waiters_definition,
                                     role_tier_definition,
                                     role_speed_definition,
                                     role_expected_speed_definition,
                                     role_speed_ratio_definition,
                                     role_draft_acceptance_definition,
                                     load_duration_definition,
                                     evictions_definition,
                                     misestimates_definition,
                                     instance_state_definition,
                                     instance_ready_since_definition,
                                     instance_generation_definition,
                                     instance_restarts_definition,
                                     instance_leases_definition,
                                     slots_taken_definition,
                                     slots_definition,
                                     loads_definition,
                                     load_failures_definition,
                                     load_phase_seconds_definition,
                                     load_ratio_definition,
                                     instance_footprint_definition,
                                     instance_reserved_definition,
                                     instance_estimated_definition,
                                     instance_learned_definition,
                                     instance_memory_definition,
                                     instance_node_bytes_definition,
                                     instance_cpu_seconds_definition,
                                     instance_major_faults_definition,
                                     instance_threads_definition,
                                     engine_prompt_tokens_definition,
                                     engine_prompt_cached_tokens_definition,
                                     engine_prompt_seconds_definition,
                                     engine_predicted_tokens_definition,
                                     engine_predicted_seconds_definition,
                                     engine_decodes_definition,
                                     engine_draft_tokens_definition,
                                     engine_draft_tokens_accepted_definition,
                                     engine_processing_definition,
                                     engine_deferred_definition,
                                     engine_sample_age_definition,
                                     engine_sample_failures_definition,
                                     memory_budget_definition,
                                     memory_reserved_definition,
                                     host_available_definition,
                                     host_missing_definition,
                                     host_memory_definition,
                                     host_page_cache_definition,
                                     host_stalled_definition,
                                     node_memory_definition,
                                     node_free_definition,
                                     host_load_definition,
                                     host_cpu_seconds_definition,
                                     disk_definition,
                                     disk_free_definition,
                                     loop_lag_definition,
                                     heartbeat_age_definition,
                                     open_descriptors_definition,
                                     descriptor_limit_definition,
                                     cpu_seconds_definition,
                                     resident_memory_definition,
                                     start_timestamp_definition,
                                     dropped_writes_definition,
                                     registry_generation_definition,
                                     registry_reloads_definition,
                                     build_info_definition};

std::string short_form(double number) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

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

std::string limits_as_markdown() {
  std::string text = "| histogram | upper limits of its buckets |\n|---|---|\n";
  for (const auto& d : definitions()) {
    if (d.limits.empty()) continue;
    std::string limits;
    for (const auto limit : d.limits) {
      if (!limits.empty()) limits += ", ";
      limits += short_form(limit);
    }
    text.append("| `").append(d.name).append("` | ").append(limits).append(" |\n");
  }
  return text;
}

}  // namespace rolecall::metrics
