#pragma once

#include "orchestrator/residency/gate.hpp"
#include "orchestrator/residency/planner.hpp"
#include "registry/registry.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

namespace rolecall::proxy {

using residency::refusal;
using residency::refusal_code;
using time_point = std::chrono::steady_clock::time_point;

/// Told by the data plane when a gate's last lease was given back and the control plane wanted to
/// know.
class idle_listener {
 public:
  virtual ~idle_listener() = default;
  /// Any thread.
  virtual void instance_idle(residency::instance_id instance) = 0;
};

/// One process as the data plane sees it. Lives as long as the daemon.
struct upstream {
  residency::instance_id id = 0;
  std::string name;        ///< instance name, for logs and metrics
  std::uint16_t port = 0;  ///< on 127.0.0.1
  residency::gate gate;
  idle_listener* listener = nullptr;
};

/// One name that requests may ask for. `upstreams` are shared between roles that share processes.
struct routed_role {
  residency::role_id id = 0;
  std::string name;
  std::string model;  ///< model's name, shown by /v1/models
  std::vector<upstream*> upstreams;
  std::chrono::seconds first_byte{600};
  std::chrono::seconds idle{600};                            ///< between two bytes of an answer
  std::optional<std::chrono::seconds> total = std::nullopt;  ///< to the last byte; nullopt: any
  std::chrono::seconds queue_deadline{600};
  int slots = 1;  ///< of each upstream
  registry::replica_routing routing = registry::replica_routing::least_busy;
  bool comments = false;  ///< streaming clients that wait are told how far the load is
};

/// The immutable routing snapshot: every name (role, alias, model name, `*.gguf` name) → role.
struct routing_table {
  std::vector<routed_role> roles;
  std::vector<std::pair<std::string, std::size_t>> names;  ///< sorted by name → index in roles
  const routed_role* default_role = nullptr;

  /// nullptr: unknown.
  [[nodiscard]] const routed_role* find(std::string_view name) const noexcept;
};

/// Admission to one instance, from the grant to the last byte. Gives itself back when destroyed.
/// Any thread.
class lease {
 public:
  lease() = default;
  /// `held`: the gate was entered already.
  explicit lease(upstream& held) noexcept : upstream_(&held) {}
  lease(lease&& other) noexcept : upstream_(std::exchange(other.upstream_, nullptr)) {}
  lease& operator=(lease&& other) noexcept {
    std::swap(upstream_, other.upstream_);
    return *this;
  }
  ~lease();

  [[nodiscard]] explicit operator bool() const noexcept { return upstream_ != nullptr; }
  [[nodiscard]] const upstream& target() const noexcept { return *upstream_; }

 private:
  upstream* upstream_ = nullptr;
};

/// Where leases come from when no gate is open: the control plane, or a test.
class lease_source {
 public:
  virtual ~lease_source() = default;

  /// Waits until the role may be used. Cancelling withdraws the request. Completes on the caller's
  /// executor.
  [[nodiscard]] virtual boost::asio::awaitable<boost::system::result<lease, refusal>> acquire(
      const routed_role& role, time_point deadline) = 0;
};

/// The ready path: the open upstream with the least leases, without asking anybody. Empty when
/// every gate is closed. `avoid`: an upstream that just failed this request, or nullptr.
[[nodiscard]] lease try_enter(const routed_role& role, const upstream* avoid,
                              time_point now) noexcept;

/// State of a role as `GET /v1/models` and `GET /health` show it.
struct role_state {
  std::string state;  ///< supervision's word for the best instance
  bool hot = false;
};
/// Read by the front door for its own routes; published by the control plane. Any thread.
class state_source {
 public:
  virtual ~state_source() = default;
  [[nodiscard]] virtual std::shared_ptr<const std::vector<role_state>> role_states()
      const = 0;  ///< by role_id
};

}  // namespace rolecall::proxy
