#pragma once

#include "orchestrator/metrics/definition.hpp"
#include "orchestrator/metrics/role_metrics.hpp"

namespace rolecall::metrics {

// The limits are few, since each is a line of every role: with them, 32 roles of which everything
// is known have about 6000 lines.

/// From an embedding to a long answer of a large model.
inline constexpr std::array request_limits{0.01, 0.1,  0.25, 0.5,   1.0,   2.5,   5.0,
                                           10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0};
/// Admission to a ready role takes microseconds; to an unloaded one, as long as its load.
inline constexpr std::array wait_limits{0.001, 0.01, 0.1,  1.0,   5.0,
                                        10.0,  30.0, 60.0, 300.0, 1800.0};
/// Up to the time that an engine is given for the prompt of a long context.
inline constexpr std::array first_byte_limits{0.01, 0.1,  0.25, 0.5,  1.0,   2.5,
                                              5.0,  10.0, 30.0, 60.0, 300.0, 900.0};
/// As above, with the wait for a load before it.
inline constexpr std::array first_token_limits{0.1,  0.25, 0.5,  1.0,   2.5,   5.0,
                                               10.0, 30.0, 60.0, 300.0, 1800.0};
/// From a tiny model out of the page cache to 270 GB from disk.
inline constexpr std::array load_limits{0.1,  0.5,  1.0,   2.5,   5.0,   10.0,
                                        30.0, 60.0, 300.0, 600.0, 1800.0};

// -- the data plane
inline constexpr definition requests_definition{
    "rolecall_requests_total",
    metric_type::counter,
    {"role", "route", "status"},
    "Requests answered, by what was asked for and the HTTP status sent to the client; role is "
    "empty when none was found."};
inline constexpr definition request_duration_definition{
    "rolecall_request_duration_seconds",
    metric_type::histogram,
    {"role"},
    "Time from a request's header until its last byte was sent.",
    request_limits};
inline constexpr definition queue_wait_definition{
    "rolecall_queue_wait_seconds",
    metric_type::histogram,
    {"role"},
    "Time that requests waited for admission to an instance, loads included.",
    wait_limits};
inline constexpr definition first_byte_definition{
    "rolecall_time_to_first_byte_seconds",
    metric_type::histogram,
    {"role"},
    "Time from forwarding a request until the first byte of its answer.",
    first_byte_limits};
inline constexpr definition first_token_definition{
    "rolecall_time_to_first_token_seconds",
    metric_type::histogram,
    {"role"},
    "Time from a request's arrival until the first token of its streamed answer, waiting and loads "
    "included.",
    first_token_limits};
inline constexpr definition token_gap_definition{"rolecall_inter_token_gap_seconds",
                                                 metric_type::histogram,
                                                 {"role"},
                                                 "Time between two pieces of a streamed answer.",
                                                 gap_limits};
inline constexpr definition in_flight_definition{
    "rolecall_requests_in_flight", metric_type::gauge, {"role"}, "Requests being served."};
inline constexpr definition tokens_in_definition{
    "rolecall_tokens_in_total",
    metric_type::counter,
    {"role"},
    "Tokens of prompts, as the answers themselves tell."};
inline constexpr definition tokens_in_cached_definition{
    "rolecall_tokens_in_cached_total",
    metric_type::counter,
    {"role"},
    "Of them, those that the prompt cache had."};
inline constexpr definition tokens_out_definition{
    "rolecall_tokens_out_total",
    metric_type::counter,
    {"role"},
    "Tokens of answers, as the answers themselves tell."};
inline constexpr definition received_bytes_definition{
    "rolecall_received_bytes_total",
    metric_type::counter,
    {"role"},
    "Bytes of requests that came from clients, heads included."};
inline constexpr definition sent_bytes_definition{
    "rolecall_sent_bytes_total",
    metric_type::counter,
    {"role"},
    "Bytes of answers that were sent to clients, heads included."};
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
inline constexpr definition client_connections_definition{
    "rolecall_client_connections", metric_type::gauge, {}, "Connections of clients that are open."};
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
// -- the control plane
inline constexpr definition waiters_definition{
    "rolecall_waiters",
    metric_type::gauge,
    {"role", "priority"},
    "Requests waiting for admission: for the role to be loaded, or for one of its slots."};
inline constexpr definition role_tier_definition{
    "rolecall_role_tier_info",
    metric_type::gauge,
    {"role", "tier"},
    "Always 1; the label tells whether the role is kept loaded (hot) or loaded when asked for "
    "(warm)."};
inline constexpr definition role_speed_definition{
    "rolecall_role_tokens_per_second",
    metric_type::gauge,
    {"role"},
    "Tokens generated per second of generating, over the last minute in which the role worked."};
inline constexpr definition role_expected_speed_definition{
    "rolecall_role_expected_tokens_per_second",
    metric_type::gauge,
    {"role"},
    "What the registry expects of it: expected_speed."};
inline constexpr definition role_speed_ratio_definition{
    "rolecall_role_speed_ratio", metric_type::gauge, {"role"}, "Measured speed / expected speed."};
inline constexpr definition role_draft_acceptance_definition{
    "rolecall_role_draft_acceptance_ratio",
    metric_type::gauge,
    {"role"},
    "Accepted / drafted tokens, over the same minute."};
inline constexpr definition load_duration_definition{
    "rolecall_load_duration_seconds",
    metric_type::histogram,
    {"role"},
    "Time from the start of a process until it was ready.",
    load_limits};
inline constexpr definition evictions_definition{
    "rolecall_evictions_total",
    metric_type::counter,
    {"role", "reason"},
    "Instances stopped by decision of the daemon: to make room, after their idle time, or because "
    "the host ran short of memory."};
inline constexpr definition misestimates_definition{
    "rolecall_footprint_misestimates_total",
    metric_type::counter,
    {"role"},
    "Estimates that a measured peak showed to be wrong by more than a tenth."};

}  // namespace rolecall::metrics
