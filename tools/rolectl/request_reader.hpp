#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::rolectl {

/// The phases of a request, in their order, as `GET /admin/requests` names them.
inline constexpr std::array<std::string_view, 6> request_phases{"receive", "queue",  "load",
                                                                "connect", "prompt", "generate"};

/// What the daemon tells of one request. Never its text.
struct request_record {
  std::string id;
  std::string trace_id;      ///< empty: none
  std::int64_t arrived = 0;  ///< milliseconds since the epoch
  std::string role;
  std::string instance;
  std::string route;
  unsigned status = 0;  ///< 0 while it runs
  std::string outcome;  ///< one word
  std::string priority;
  std::string key;  ///< its client's name; empty: none
  double total_seconds = 0;
  /// Seconds, in the order of request_phases; nullopt: not reached.
  std::array<std::optional<double>, request_phases.size()> phases;
  std::vector<std::string> evicted;  ///< roles that made room for it
  std::optional<std::uint64_t> tokens_in;
  std::optional<std::uint64_t> tokens_in_cached;
  std::optional<std::uint64_t> tokens_out;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  unsigned retries = 0;

  [[nodiscard]] bool is_running() const { return outcome == "in_flight"; }
};

/// Reads the answer of `GET /admin/requests`. Unknown members are passed over, absent ones are as
/// above; nullopt: it is something else.
[[nodiscard]] std::optional<std::vector<request_record>> read_requests(std::string_view json);

/// Tokens generated per second of generating; nullopt when there is nothing to tell it from.
[[nodiscard]] std::optional<double> generation_speed(const request_record& request);
/// Prompt tokens per second that were not in the cache.
[[nodiscard]] std::optional<double> prompt_speed(const request_record& request);

}  // namespace rolecall::rolectl
