#pragma once

#include "orchestrator/metrics/catalogue.hpp"
#include "orchestrator/proxy/lease_source.hpp"
#include "registry/registry.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <vector>

namespace rolecall::proxy {

/// What one client may take of the front door. The defaults suit clients on a network.
struct client_limits {
  std::chrono::milliseconds header{30'000};  ///< from a request's first byte to its header's end
  std::chrono::milliseconds body{30'000};    ///< without a byte of the body
  std::chrono::milliseconds idle{75'000};    ///< between two requests of a connection
  std::chrono::milliseconds unread_answer{
      60'000};                              ///< without the client taking a byte of its answer
  std::chrono::milliseconds linger{5'000};  ///< after an answer that ends the connection
  std::uint32_t header_bytes = 64U << 10;
  std::size_t connections = 10'000;  ///< open at once, over all threads; more wait in the backlog
};

struct server_settings {
  std::vector<registry::tcp_endpoint> listen;
  int threads = 1;
  registry::byte_count max_request_body = 64ULL << 20;
  client_limits limits = {};
};

/// The front door: N data threads, each with its own io_context, its share of the connections and
/// its upstream pool. Owned by main. Never decides: routes by the table, passes gates, asks the
/// lease source.
class server {
 public:
  /// Binds the listeners; throws std::system_error whose text names the address ("cannot
  /// listen on …").
  server(server_settings settings, const routing_table& routes, lease_source& leases,
         const state_source& states, metrics::catalogue& metrics);
  /// Stops at once if stop() was not called.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Addresses as bound (port 0 resolved), in the order of the settings.
  [[nodiscard]] std::vector<registry::tcp_endpoint> endpoints() const;

  void start();
  /// Stops accepting, lets running requests end until `drain_until`, then cuts them off and joins
  /// the threads. Blocking.
  void stop(time_point drain_until);

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace rolecall::proxy
