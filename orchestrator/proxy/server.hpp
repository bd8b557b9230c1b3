#pragma once

#include "orchestrator/access/access_files.hpp"
#include "orchestrator/metrics/catalogue.hpp"
#include "orchestrator/proxy/lease_source.hpp"
#include "orchestrator/tracing/request_traces.hpp"
#include "registry/registry.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
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
  std::chrono::milliseconds comment_after{1'000};  ///< of waiting, where a role has comments
  std::chrono::milliseconds comment_every{5'000};  ///< from one comment to the next
  std::uint32_t header_bytes = 64U << 10;
  std::size_t connections = 10'000;  ///< open at once, over all threads; more wait in the backlog
};

/// An address of a role's own: what comes there is for the role.
struct role_door {
  std::string role;  ///< of the routing table
  registry::tcp_endpoint where;
};

struct server_settings {
  std::vector<registry::tcp_endpoint> listen;
  std::vector<role_door> doors = {};
  int threads = 1;
  registry::byte_count max_request_body = 64ULL << 20;
  client_limits limits = {};
  access::access_files access = {};
  std::optional<std::filesystem::path> access_log = std::nullopt;
};

/// When a data thread's loop last showed that it runs.
struct thread_pulse {
  std::string thread;  ///< "data-1", "data-2" …
  time_point last_beat{};
};

/// The front door: N data threads, each with its own io_context, its share of the connections and
/// its upstream pool. Owned by main. Never decides: routes by the table, passes gates, asks the
/// lease source.
class server {
 public:
  /// Binds the listeners and opens the access log; throws std::system_error whose text names the
  /// address or the file ("cannot listen on …"). `traces`: where requests are remembered; nullptr:
  /// nowhere. It outlives the server, as all but the settings does.
  server(server_settings settings, std::shared_ptr<const routing_table> routes,
         lease_source& leases, const state_source& states, metrics::catalogue& metrics,
         tracing::request_traces* traces = nullptr);
  /// Stops at once if stop() was not called.
  ~server();
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Addresses as bound (port 0 resolved), in the order of the settings.
  [[nodiscard]] std::vector<registry::tcp_endpoint> endpoints() const;
  /// The same of the roles' doors.
  [[nodiscard]] std::vector<role_door> doors() const;
  /// One a data thread. Any thread.
  [[nodiscard]] std::vector<thread_pulse> pulses() const;

  void start();
  // From any thread.
  /// Changed keys count from the next request on, a changed certificate for the next connection.
  void use(access::access_files access);
  /// Requests that begin from now on go by these; those under way keep theirs. The door of a role
  /// that is gone answers 404 until it is back.
  void use(std::shared_ptr<const routing_table> routes);
  /// For who rotates logs: see access_log::reopen(). Nothing without an access log.
  void reopen_access_log();
  /// Stops accepting, lets running requests end until `drain_until`, then cuts them off and joins
  /// the threads. Blocking.
  void stop(time_point drain_until);

 private:
  struct implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace rolecall::proxy
