#pragma once

#include "orchestrator/residency/gate.hpp"
#include "orchestrator/residency/planner.hpp"
#include "registry/registry.hpp"

#include <atomic>
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

/// Told by the data plane what a gate's notice says. Any thread.
class gate_listener {
 public:
  virtual ~gate_listener() = default;
  /// The last lease was given back, and the control plane wanted to know.
  virtual void instance_idle(residency::instance_id instance) = 0;
  /// A slot is free that somebody waits for.
  virtual void slot_freed(residency::instance_id instance) = 0;
};

/// One process as the data plane sees it. Lives as long as the daemon.
struct upstream {
  residency::instance_id id = 0;
  std::string name;        ///< instance name, for logs and metrics
  std::uint16_t port = 0;  ///< on 127.0.0.1
  residency::gate gate;
  gate_listener* listener = nullptr;
  std::atomic<time_point> rests_until{};

  /// How long others are preferred to it after it failed a request before any of an answer came, or
  /// a probe.
  static constexpr std::chrono::milliseconds rest{500};
  void rest_from(time_point now) noexcept {
    rests_until.store(now + rest, std::memory_order_relaxed);
  }
  [[nodiscard]] bool rests(time_point now) const noexcept {
    return rests_until.load(std::memory_order_relaxed) > now;
  }
};

/// What clients may be told of a role's model. Empty and 0: not known.
struct model_card {
  std::string architecture;  ///< general.architecture of its GGUF
  std::string quantization;
  registry::byte_count bytes = 0;  ///< of its weights
  int context = 0;                 ///< tokens, of one slot
  bool embeddings = false;
  bool vision = false;
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
  model_card card = {};
};

/// The immutable routing snapshot: every name (role, alias, model name, `*.gguf` name) → role.
struct routing_table {
  std::vector<routed_role> roles;
  std::vector<std::pair<std::string, std::size_t>> names;  ///< sorted by name → index in roles
  const routed_role* default_role = nullptr;
  bool uses_affinity = false;  ///< some role's routing is by affinity

  /// nullptr: unknown.
  [[nodiscard]] const routed_role* find(std::string_view name) const noexcept;
};

/// Admission to one instance, from the grant to the last byte. Gives itself back when destroyed.
/// Any thread.
class lease {
 public:
  lease() = default;
  /// `held`: the gate was entered already, for a lease of this kind.
  explicit lease(upstream& held, residency::lease_kind kind = residency::lease_kind::slot) noexcept
      : upstream_(&held), kind_(kind) {}
  lease(lease&& other) noexcept
      : upstream_(std::exchange(other.upstream_, nullptr)), kind_(other.kind_) {}
  lease& operator=(lease&& other) noexcept {
    std::swap(upstream_, other.upstream_);
    std::swap(kind_, other.kind_);
    return *this;
  }
  ~lease();

  [[nodiscard]] explicit operator bool() const noexcept { return upstream_ != nullptr; }
  [[nodiscard]] const upstream& target() const noexcept { return *upstream_; }
  [[nodiscard]] residency::lease_kind kind() const noexcept { return kind_; }
  void let_target_rest(time_point now) const noexcept { upstream_->rest_from(now); }

 private:
  upstream* upstream_ = nullptr;
  residency::lease_kind kind_ = residency::lease_kind::slot;
};

/// What a request that waits may be told, kept true by whoever lets it wait. Any thread.
struct wait_outlook {
  static constexpr int unknown = -1;
  std::atomic<int> loaded{unknown};  ///< percent of its role's load; unknown: none is under way
  std::atomic<int> before{unknown};  ///< requests whose turn comes before its own
};

/// What became of a request while it waited. Written by whoever lets it wait, before that answers;
/// read by the request afterwards, and only when it was answered: one that was withdrawn may be
/// written to still.
struct wait_story {
  std::chrono::duration<double> load{0};  ///< of the wait, while a process of its role was starting
  std::vector<std::string> evicted;       ///< roles that left to make room for it
};

/// What a request asks the control plane for.
struct lease_wish {
  const routed_role* role = nullptr;
  time_point deadline{};  ///< of the wait
  residency::lease_kind kind = residency::lease_kind::slot;
  residency::request_priority priority = residency::request_priority::interactive;
  /// Shared, as either side may forget the request first; nullptr: the client is told nothing.
  std::shared_ptr<wait_outlook> outlook = nullptr;
  /// Shared likewise; a session always gives one.
  std::shared_ptr<wait_story> story = nullptr;
};

/// Where leases come from when no gate lets in: the control plane, or a test.
class lease_source {
 public:
  virtual ~lease_source() = default;

  /// Waits until the role may be used. Cancelling withdraws the request. Completes on the caller's
  /// executor.
  [[nodiscard]] virtual boost::asio::awaitable<boost::system::result<lease, refusal>> acquire(
      lease_wish wish) = 0;
};

/// The ready path: enters the upstream that choose_replica() names, without asking anybody. Empty
/// when every gate is closed, or full, or waited for. `avoid`: an upstream that just failed this
/// request, or nullptr. `prefix`: role_request::prefix.
[[nodiscard]] lease try_enter(const routed_role& role, const upstream* avoid, time_point now,
                              residency::lease_kind kind = residency::lease_kind::slot,
                              std::optional<std::uint64_t> prefix = std::nullopt) noexcept;
/// The same of one upstream.
[[nodiscard]] lease try_enter(upstream& which, time_point now,
                              residency::lease_kind kind = residency::lease_kind::slot) noexcept;

/// State of a role as `GET /v1/models` and `GET /health` show it.
struct role_state {
  std::string state;  ///< supervision's word for the best instance; empty: the role was removed
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
