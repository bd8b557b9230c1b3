#pragma once

#include <memory>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "orchestrator/metrics/catalogue.hpp"
#include "orchestrator/proxy/lease_source.hpp"
#include "registry/registry.hpp"

namespace rolecall::proxy {

struct server_settings {
  std::vector<registry::tcp_endpoint> listen;
  int threads = 1;
  registry::byte_count max_request_body = 64ULL << 20;
};

/// The front door: N data threads, each with its own io_context, a share of the listeners and its upstream pools.
/// Owned by main. Never decides: routes by the table, passes gates, asks the lease source.
class server {
 public:
  /// Binds the listeners; throws boost::system::system_error whose text names the address ("cannot listen on …").
  server(server_settings settings, const routing_table& routes, lease_source& leases, const state_source& states,
         metrics::catalogue& metrics);
  /// Stops at once if stop() was not called.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Addresses as bound (port 0 resolved), in the order of the settings.
  [[nodiscard]] std::vector<registry::tcp_endpoint> endpoints() const;

  void start();
  /// Stops accepting, lets running requests end until `drain_until`, then cuts them off and joins the threads. Blocking.
  void stop(time_point drain_until);

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace rolecall::proxy
