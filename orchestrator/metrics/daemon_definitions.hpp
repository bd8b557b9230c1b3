#pragma once

#include "orchestrator/metrics/definition.hpp"

namespace rolecall::metrics {

/// A loop that serves is never busy for long; one that is stuck is so for seconds.
inline constexpr std::array lag_limits{0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 30.0};

inline constexpr definition loop_lag_definition{"rolecall_loop_lag_seconds",
                                                metric_type::histogram,
                                                {"thread"},
                                                "How late a thread's loop ran what was due.",
                                                lag_limits};
inline constexpr definition heartbeat_age_definition{
    "rolecall_heartbeat_age_seconds",
    metric_type::gauge,
    {"thread"},
    "Time since a thread's loop last ran its heartbeat, which is due once a second."};
inline constexpr definition open_descriptors_definition{
    "rolecall_open_descriptors",
    metric_type::gauge,
    {},
    "File descriptors that the daemon has open."};
inline constexpr definition descriptor_limit_definition{
    "rolecall_descriptor_limit",
    metric_type::gauge,
    {},
    "How many it may have; absent without a limit."};
inline constexpr definition cpu_seconds_definition{
    "rolecall_cpu_seconds_total", metric_type::counter, {"mode"}, "CPU time of the daemon."};
inline constexpr definition resident_memory_definition{
    "rolecall_resident_memory_bytes", metric_type::gauge, {}, "Memory of the daemon (RSS)."};
inline constexpr definition start_timestamp_definition{
    "rolecall_start_timestamp_seconds",
    metric_type::gauge,
    {},
    "When the daemon started, in seconds since 1970."};
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
