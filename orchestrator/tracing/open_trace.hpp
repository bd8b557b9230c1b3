#pragma once

#include "orchestrator/tracing/request_ring.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rolecall::tracing {

/// What is known of a request when it is complete.
struct request_start {
  std::string_view id = {};
  std::string_view trace_id = {};
  std::string_view role = {};
  std::uint32_t role_id = request_trace::no_role;
  std::string_view key = {};
  std::string_view route = {};     ///< static storage
  std::string_view priority = {};  ///< static storage
  time_point started{};
  time_point received{};           ///< zero: it never was complete
  std::string_view instance = {};  ///< that it was admitted to at once; empty: it waits, or ended
  std::uint64_t bytes_in = 0;
};

/// What is known of it at its end.
struct request_end {
  std::string_view instance = {};  ///< asked last
  std::string_view outcome = {};   ///< static storage
  unsigned status = 0;
  time_point taken{};  ///< by an upstream; zero: by none
  time_point first{};  ///< token; zero: not known, or told by answered()
  time_point ended{};
  token_counts tokens = {};
  std::uint64_t bytes_out = 0;
  unsigned retries = 0;
};

/// A request on its way through the front door, as it is told to its data thread's ring. Made with
/// a connection, used for its requests one after another, on its data thread. Without a ring it
/// does nothing.
class open_trace {
 public:
  explicit open_trace(request_ring* ring) noexcept : ring_(ring) {}
  /// A request that has not ended is forgotten.
  ~open_trace();
  open_trace(const open_trace&) = delete;
  open_trace& operator=(const open_trace&) = delete;

  /// From now on it is among those in flight, to end(). What is told before is not remembered.
  void begin(const request_start& start);
  /// For admission, since then.
  void waits(time_point since);
  /// `loading`: of `time`, while its role's process was starting; `evicted`: roles that made room.
  void waited(duration time, duration loading, const std::vector<std::string>& evicted);
  void admitted(std::string_view instance, time_point when);
  /// The answer's first token came.
  void answered(time_point when);
  void end(const request_end& end);

  [[nodiscard]] bool is_open() const noexcept { return is_open_; }

 private:
  request_ring* ring_;
  std::list<request_trace>::iterator trace_;  // guarded by the ring, as others read it
  bool is_open_ = false;
};

}  // namespace rolecall::tracing
