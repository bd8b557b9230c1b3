#pragma once

#include "orchestrator/metrics/definition.hpp"

namespace rolecall::metrics {

// -- the budget
inline constexpr definition memory_budget_definition{"rolecall_memory_budget_bytes",
                                                     metric_type::gauge,
                                                     {},
                                                     "Memory that reservations may add up to."};
inline constexpr definition memory_reserved_definition{
    "rolecall_memory_reserved_bytes",
    metric_type::gauge,
    {},
    "Sum of reservations, from the decision to start until the exit is confirmed."};
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
// -- the host
inline constexpr definition host_memory_definition{
    "rolecall_host_memory_bytes", metric_type::gauge, {}, "Memory of the host (MemTotal)."};
inline constexpr definition host_page_cache_definition{
    "rolecall_host_page_cache_bytes",
    metric_type::gauge,
    {},
    "Memory of the host that holds pages of files, those of tmpfs apart."};
inline constexpr definition host_stalled_definition{
    "rolecall_host_stalled_seconds_total",
    metric_type::counter,
    {"resource", "scope"},
    "Time in which tasks of the host waited for a resource (PSI): some of them, or all (full)."};
inline constexpr definition node_memory_definition{
    "rolecall_host_node_memory_bytes", metric_type::gauge, {"node"}, "Memory of a NUMA node."};
inline constexpr definition node_free_definition{
    "rolecall_host_node_memory_free_bytes",
    metric_type::gauge,
    {"node"},
    "Memory of a NUMA node that nothing is in, not even page cache."};
inline constexpr definition host_load_definition{
    "rolecall_host_load",
    metric_type::gauge,
    {"minutes"},
    "Mean number of tasks that ran, or waited for a CPU or a disk, over so many minutes."};
inline constexpr definition host_cpu_seconds_definition{"rolecall_host_cpu_seconds_total",
                                                        metric_type::counter,
                                                        {"mode"},
                                                        "Time of all CPUs since the host started."};
inline constexpr definition disk_definition{
    "rolecall_disk_bytes",
    metric_type::gauge,
    {"directory"},
    "Size of the file system of state_dir (state) and of log_dir (log)."};
inline constexpr definition disk_free_definition{"rolecall_disk_free_bytes",
                                                 metric_type::gauge,
                                                 {"directory"},
                                                 "What is free on it for those who are not root."};

}  // namespace rolecall::metrics
