#pragma once

#include "orchestrator/proxy/lease_source.hpp"
#include "orchestrator/proxy/task.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

namespace rolecall::proxy {

/// One connection to a llama-server, in a request's hands or idle in the pool.
struct upstream_connection {
  explicit upstream_connection(const executor& on) : socket(on) {}

  tcp_socket socket;
  boost::beast::flat_buffer input;  ///< received, not yet parsed
  unsigned served = 0;              ///< requests answered
  time_point idle_since{};
};

/// Idle connections of one data thread, by instance. Lives on that thread. llama-server closes a
/// connection 5 s after its last answer and after 100 requests, and a request that meets such a
/// close is lost; so connections leave the pool before that.
class upstream_pool {
 public:
  static constexpr std::chrono::seconds longest_idle{4};
  static constexpr unsigned most_requests = 95;
  /// Of one instance. A connection kept idle holds one of llama-server's HTTP threads (0.7.0 starts
  /// up to 1024 of them as needed), so a burst must leave some free.
  static constexpr std::size_t most_idle = 256;

  explicit upstream_pool(const executor& on);

  /// The connection used last; nullptr when none can be trusted to be alive.
  [[nodiscard]] std::unique_ptr<upstream_connection> take(residency::instance_id instance,
                                                          time_point now);
  /// After an answer received whole. Dropped instead when it may not be used again.
  void put(residency::instance_id instance, std::unique_ptr<upstream_connection> connection,
           time_point now);
  /// Drops what has been idle for too long; also done by a timer while anything is idle.
  void sweep(time_point now);
  /// Drops everything; later put()s drop as well.
  void close();

  [[nodiscard]] std::size_t idle() const noexcept;

 private:
  void arm_sweep();

  std::map<residency::instance_id, std::vector<std::unique_ptr<upstream_connection>>> idle_;
  timer sweep_;
  bool sweeping_ = false;
  bool closed_ = false;
};

}  // namespace rolecall::proxy
