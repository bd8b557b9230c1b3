#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace rolecall::metrics {

enum class metric_type { counter, gauge, histogram };

/// One metric as operators read about it: base units, `_total` on counters, bounded labels.
struct definition {
  static constexpr std::size_t most_labels = 3;

  std::string_view name;
  metric_type type = metric_type::gauge;
  std::array<std::string_view, most_labels> labels;  ///< unused ones are empty
  std::string_view help;
};

/// "counter", "gauge", "histogram".
[[nodiscard]] std::string_view to_string(metric_type type) noexcept;

/// Every metric of the catalogue, in the order of the documentation.
[[nodiscard]] std::span<const definition> definitions() noexcept;

/// The definitions as the Markdown table of docs/metrics.md.
[[nodiscard]] std::string definitions_as_markdown();

// The definitions by name, so that the catalogue cannot misspell one.
inline constexpr definition instance_state_definition{
    "rolecall_instance_state",
    metric_type::gauge,
    {"role", "instance", "state"},
    "1 for the state that the instance is in, 0 for the six others."};
inline constexpr definition instance_restarts_definition{
    "rolecall_instance_restarts_total",
    metric_type::counter,
    {"role", "instance", "reason"},
    "Restarts of an instance after its process ended unasked."};
inline constexpr definition loads_definition{"rolecall_loads_total",
                                             metric_type::counter,
                                             {"role", "instance"},
                                             "Loads that ended with a ready instance."};
inline constexpr definition load_duration_definition{
    "rolecall_load_duration_seconds",
    metric_type::histogram,
    {"role"},
    "Time from the start of a process until it was ready."};
inline constexpr definition evictions_definition{
    "rolecall_evictions_total",
    metric_type::counter,
    {"role", "reason"},
    "Instances stopped by decision of the daemon: to make room, after their idle time, or because "
    "the host ran short of memory."};
inline constexpr definition memory_budget_definition{"rolecall_memory_budget_bytes",
                                                     metric_type::gauge,
                                                     {},
                                                     "Memory that reservations may add up to."};
inline constexpr definition memory_reserved_definition{
    "rolecall_memory_reserved_bytes",
    metric_type::gauge,
    {},
    "Sum of reservations, from the decision to start until the exit is confirmed."};
inline constexpr definition instance_footprint_definition{
    "rolecall_instance_footprint_bytes",
    metric_type::gauge,
    {"role", "instance"},
    "Memory reserved for an instance when it is loaded: estimated, or learned, mapped files "
    "included."};
inline constexpr definition instance_memory_definition{
    "rolecall_instance_memory_bytes",
    metric_type::gauge,
    {"role", "instance", "kind"},
    "Measured memory of a ready instance, shared pages by its share: pss, and of it anon and file; "
    "swapped."};
inline constexpr definition misestimates_definition{
    "rolecall_footprint_misestimates_total",
    metric_type::counter,
    {"role"},
    "Estimates that a measured peak showed to be wrong by more than a tenth."};
inline constexpr definition host_available_definition{
    "rolecall_host_memory_available_bytes",
    metric_type::gauge,
    {},
    "Memory left on the host, or in its cgroup when that is less, without the fleet's mapped "
    "weights."};
inline constexpr definition host_missing_definition{
    "rolecall_host_memory_missing_bytes",
    metric_type::gauge,
    {},
    "Bytes by which what is left lies below host.memory.floor; above 0 nothing is loaded and idle "
    "WARM roles leave."};
inline constexpr definition requests_definition{
    "rolecall_requests_total",
    metric_type::counter,
    {"role", "status"},
    "Requests answered, by the HTTP status sent to the client; role is empty when none was found."};
inline constexpr definition request_duration_definition{
    "rolecall_request_duration_seconds",
    metric_type::histogram,
    {"role"},
    "Time from a request's header until its last byte was sent."};
inline constexpr definition queue_wait_definition{
    "rolecall_queue_wait_seconds",
    metric_type::histogram,
    {"role"},
    "Time that requests waited for admission to an instance, loads included."};
inline constexpr definition first_byte_definition{
    "rolecall_time_to_first_byte_seconds",
    metric_type::histogram,
    {"role"},
    "Time from forwarding a request until the first byte of its answer."};
inline constexpr definition in_flight_definition{
    "rolecall_requests_in_flight", metric_type::gauge, {"role"}, "Requests being served."};
inline constexpr definition waiters_definition{
    "rolecall_waiters",
    metric_type::gauge,
    {"role", "priority"},
    "Requests waiting for admission: for the role to be loaded, or for one of its slots."};
inline constexpr definition slots_taken_definition{
    "rolecall_instance_slots_taken",
    metric_type::gauge,
    {"role", "instance"},
    "Requests for a slot that an instance has at present."};
inline constexpr definition slots_definition{
    "rolecall_instance_slots",
    metric_type::gauge,
    {"role", "instance"},
    "Requests for a slot that an instance is given at once: its slots, or the role's concurrency."};
inline constexpr definition client_disconnects_definition{
    "rolecall_client_disconnects_total",
    metric_type::counter,
    {"role"},
    "Requests whose client went away before the answer's end."};
inline constexpr definition upstream_retries_definition{
    "rolecall_upstream_retries_total",
    metric_type::counter,
    {"role"},
    "Requests sent to an upstream a second time because the first connection had died."};
inline constexpr definition key_requests_definition{
    "rolecall_key_requests_total",
    metric_type::counter,
    {"key", "status"},
    "Requests answered that showed a key, by the key's name and the HTTP status."};
inline constexpr definition access_log_dropped_definition{
    "rolecall_access_log_dropped_total",
    metric_type::counter,
    {},
    "Lines that the access log lost because the disk was slower than the requests, or full."};
inline constexpr definition dropped_writes_definition{
    "rolecall_dropped_writes_total",
    metric_type::counter,
    {"file"},
    "Writes that a full or broken disk refused, and logs emptied to make room, by kind of file."};
inline constexpr definition registry_generation_definition{
    "rolecall_registry_generation",
    metric_type::gauge,
    {},
    "Which registry the fleet runs by: 1 at the start, one more with every reload."};
inline constexpr definition registry_reloads_definition{
    "rolecall_registry_reloads_total",
    metric_type::counter,
    {"outcome"},
    "Reloads of the registry, by outcome: applied or refused."};
inline constexpr definition build_info_definition{
    "rolecall_build_info",
    metric_type::gauge,
    {"version", "engine"},
    "Always 1; the labels tell the versions of rolecalld and of its llama-server."};

}  // namespace rolecall::metrics
