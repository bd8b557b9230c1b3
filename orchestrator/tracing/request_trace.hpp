#pragma once

#include "orchestrator/tracing/token_counts.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::tracing {

using time_point = std::chrono::steady_clock::time_point;
using duration = std::chrono::steady_clock::duration;
using seconds = std::chrono::duration<double>;

/// When a request came how far. A time_point of zero: not yet, or never.
struct request_marks {
  time_point started{};   ///< its first byte came
  time_point received{};  ///< complete
  time_point waiting{};   ///< it waits for admission, since then; zero again when it does not
  duration waited{0};     ///< for admission, in all
  duration loading{0};    ///< of `waited`: while its role's process was starting
  time_point admitted{};  ///< to an instance, the last time
  time_point taken{};     ///< by the upstream: sent to it; known at the end
  time_point first{};     ///< token; of what is no stream, as the answer tells it
  time_point ended{};     ///< the last byte went out, or nothing more will
};

/// The time that a request spent in each phase; nullopt: it never was in it. Of a request that was
/// sent to an upstream they add up to its total.
struct phase_times {
  std::optional<seconds> receive;   ///< from its first byte to its last
  std::optional<seconds> queue;     ///< waited for admission, without `load`
  std::optional<seconds> load;      ///< waited while its role's process was starting
  std::optional<seconds> connect;   ///< from admission until an upstream had it, retries included
  std::optional<seconds> prompt;    ///< until the first token; if not known, the end
  std::optional<seconds> generate;  ///< from the first token to the end
};

/// Pure. `now` ends the present phase of a request that has not ended.
[[nodiscard]] phase_times phases_of(const request_marks& marks, time_point now) noexcept;

inline constexpr std::string_view in_flight_outcome = "in_flight";

/// What is remembered of one request: who asked whom when, and where the time went. Never a text, a
/// body, a path, a query or a key's secret.
struct request_trace {
  static constexpr std::uint32_t no_role = UINT32_MAX;

  std::string id;        ///< X-Request-Id, at most 128 bytes; empty: the head never was complete
  std::string trace_id;  ///< W3C's, 32 hexadecimal digits; empty: none
  std::string role;      ///< empty: none was found
  std::string instance;  ///< that answered, or was asked last; empty: none was
  std::string key;       ///< its name; empty: none
  std::uint32_t role_id = no_role;
  std::string_view route = "other";                 ///< a word of static storage, as the next two
  std::string_view priority = {};                   ///< empty: it asked for no slot
  std::string_view outcome = in_flight_outcome;     ///< as in the access log, or in_flight_outcome
  unsigned status = 0;                              ///< sent to the client; 0: none
  std::chrono::system_clock::time_point arrived{};  ///< set when it is asked for
  request_marks marks;
  std::vector<std::string> evicted;  ///< roles that left to make room while it waited
  token_counts tokens;
  std::uint64_t bytes_in = 0;   ///< heads included, TLS not
  std::uint64_t bytes_out = 0;  ///< likewise; 0 while it is in flight
  unsigned retries = 0;         ///< it was sent, or tried to be, again

  [[nodiscard]] bool is_in_flight() const noexcept { return marks.ended == time_point{}; }
  /// The answer broke off, or the client was told of a fault on this side.
  [[nodiscard]] bool has_failed() const noexcept;
  [[nodiscard]] duration total(time_point now) const noexcept {
    return (is_in_flight() ? now : marks.ended) - marks.started;
  }
  /// Everything as at first, but memory.
  void clear() noexcept;
};

}  // namespace rolecall::tracing
