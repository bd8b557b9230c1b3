#pragma once

#include "orchestrator/metrics/definition.hpp"

namespace rolecall::metrics {

// -- its life
inline constexpr definition instance_state_definition{
    "rolecall_instance_state",
    metric_type::gauge,
    {"role", "instance", "state"},
    "1 for the state that the instance is in, 0 for the six others."};
inline constexpr definition instance_ready_since_definition{
    "rolecall_instance_ready_timestamp_seconds",
    metric_type::gauge,
    {"role", "instance"},
    "When the instance became ready, in seconds since 1970; absent while it is not."};
inline constexpr definition instance_generation_definition{
    "rolecall_instance_generation",
    metric_type::gauge,
    {"role", "instance"},
    "Which of its processes the instance is at."};
inline constexpr definition instance_restarts_definition{
    "rolecall_instance_restarts_total",
    metric_type::counter,
    {"role", "instance", "reason"},
    "Restarts of an instance after its process ended unasked."};
inline constexpr definition instance_leases_definition{"rolecall_instance_leases",
                                                       metric_type::gauge,
                                                       {"role", "instance"},
                                                       "Requests that an instance is serving."};
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
// -- its loads
inline constexpr definition loads_definition{"rolecall_loads_total",
                                             metric_type::counter,
                                             {"role", "instance"},
                                             "Loads that ended with a ready instance."};
inline constexpr definition load_failures_definition{"rolecall_load_failures_total",
                                                     metric_type::counter,
                                                     {"role", "instance", "reason"},
                                                     "Loads that ended otherwise."};
inline constexpr definition load_phase_seconds_definition{
    "rolecall_load_phase_seconds_total",
    metric_type::counter,
    {"role", "instance", "phase"},
    "Time that loads spent waiting for memory (evicting) and for their turn (queued), reading "
    "weights from disk (page_in), in the engine (engine) and warming it up (warm_up)."};
inline constexpr definition load_ratio_definition{
    "rolecall_instance_load_ratio",
    metric_type::gauge,
    {"role", "instance"},
    "How much of a load is done, 0 to 1, while it goes on and as far as it is known."};
// -- its memory
inline constexpr definition instance_footprint_definition{
    "rolecall_instance_footprint_bytes",
    metric_type::gauge,
    {"role", "instance"},
    "Memory reserved for an instance when it is loaded: estimated, or learned, mapped files "
    "included."};
inline constexpr definition instance_reserved_definition{
    "rolecall_instance_reserved_bytes",
    metric_type::gauge,
    {"role", "instance"},
    "Memory reserved for it now; 0 while it is not loaded."};
inline constexpr definition instance_estimated_definition{
    "rolecall_instance_estimated_bytes",
    metric_type::gauge,
    {"role", "instance"},
    "Memory that it needs by its registry entry and its files."};
inline constexpr definition instance_learned_definition{
    "rolecall_instance_learned_bytes",
    metric_type::gauge,
    {"role", "instance"},
    "Memory that it needs by the measured peak; absent before anything was measured."};
inline constexpr definition instance_memory_definition{
    "rolecall_instance_memory_bytes",
    metric_type::gauge,
    {"role", "instance", "kind"},
    "Measured memory of a ready instance, shared pages by its share: pss, and of it anon and file; "
    "swapped."};
inline constexpr definition instance_node_bytes_definition{
    "rolecall_instance_node_bytes",
    metric_type::gauge,
    {"role", "instance", "node"},
    "Its memory on each NUMA node; pages that it shares with others count in full."};
// -- its process
inline constexpr definition instance_cpu_seconds_definition{"rolecall_instance_cpu_seconds_total",
                                                            metric_type::counter,
                                                            {"role", "instance", "mode"},
                                                            "CPU time of its processes."};
inline constexpr definition instance_major_faults_definition{
    "rolecall_instance_major_faults_total",
    metric_type::counter,
    {"role", "instance"},
    "Pages that its processes had to wait for a disk for."};
inline constexpr definition instance_threads_definition{"rolecall_instance_threads",
                                                        metric_type::gauge,
                                                        {"role", "instance"},
                                                        "Threads of its process."};
// -- what its engine tells of itself, read in the background
inline constexpr definition engine_prompt_tokens_definition{
    "rolecall_engine_prompt_tokens_total",
    metric_type::counter,
    {"role", "instance"},
    "Tokens of prompts that its engine computed."};
inline constexpr definition engine_prompt_cached_tokens_definition{
    "rolecall_engine_prompt_cached_tokens_total",
    metric_type::counter,
    {"role", "instance"},
    "Tokens of prompts that its engine took from its cache."};
inline constexpr definition engine_prompt_seconds_definition{
    "rolecall_engine_prompt_seconds_total",
    metric_type::counter,
    {"role", "instance"},
    "Time that its engine spent on prompts, added up over its slots."};
inline constexpr definition engine_predicted_tokens_definition{
    "rolecall_engine_predicted_tokens_total",
    metric_type::counter,
    {"role", "instance"},
    "Tokens that its engine generated."};
inline constexpr definition engine_predicted_seconds_definition{
    "rolecall_engine_predicted_seconds_total",
    metric_type::counter,
    {"role", "instance"},
    "Time that its engine spent generating, added up over its slots."};
inline constexpr definition engine_decodes_definition{
    "rolecall_engine_decodes_total",
    metric_type::counter,
    {"role", "instance"},
    "Batches that its engine computed, without those of drafting and of images."};
inline constexpr definition engine_draft_tokens_definition{
    "rolecall_engine_draft_tokens_total",
    metric_type::counter,
    {"role", "instance"},
    "Tokens that were drafted for its engine to check."};
inline constexpr definition engine_draft_tokens_accepted_definition{
    "rolecall_engine_draft_tokens_accepted_total",
    metric_type::counter,
    {"role", "instance"},
    "Of them, those that its engine accepted."};
inline constexpr definition engine_processing_definition{"rolecall_engine_requests_processing",
                                                         metric_type::gauge,
                                                         {"role", "instance"},
                                                         "Slots of its engine that are busy."};
inline constexpr definition engine_deferred_definition{
    "rolecall_engine_requests_deferred",
    metric_type::gauge,
    {"role", "instance"},
    "Requests that wait for a slot within its engine."};
inline constexpr definition engine_sample_age_definition{
    "rolecall_engine_sample_age_seconds",
    metric_type::gauge,
    {"role", "instance"},
    "Time since its engine was last read with success, or since it was ready: how old the engine "
    "metrics are."};
inline constexpr definition engine_sample_failures_definition{
    "rolecall_engine_sample_failures_total",
    metric_type::counter,
    {"role", "instance"},
    "Times that its engine could not be read, or not in time."};

}  // namespace rolecall::metrics
