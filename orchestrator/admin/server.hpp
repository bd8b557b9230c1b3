#pragma once

#include "orchestrator/access/key_ring.hpp"
#include "orchestrator/admin/fleet.hpp"
#include "registry/registry.hpp"

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace rolecall::admin {

/// The operator's door: endpoints below /admin, /metrics, /livez, /readyz. Lives on the control
/// thread. Destroyed after run() has completed, or when its executor runs no more.
class server {
 public:
  /// Binds; throws boost::system::system_error naming the endpoint. A stale unix socket that nobody
  /// listens on is replaced; a live one is an error. Socket mode 0660. `keys`: of those who may
  /// come in by TCP; nullptr: everybody who reaches it. The unix socket's mode is its key.
  server(boost::asio::any_io_executor executor, const std::vector<registry::endpoint>& endpoints,
         fleet& fleet, std::shared_ptr<const access::key_ring> keys = nullptr);
  ~server();

  [[nodiscard]] std::vector<std::string> endpoints() const;  ///< as bound
  /// Keys that changed; count from the next request on. Control thread.
  void use(std::shared_ptr<const access::key_ring> keys);
  /// Serves until cancelled; completes when every session has ended.
  [[nodiscard]] boost::asio::awaitable<void> run();

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace rolecall::admin
