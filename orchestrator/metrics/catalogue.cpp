#include "orchestrator/metrics/catalogue.hpp"

#include "orchestrator/metrics/instance_families.hpp"
#include "orchestrator/metrics/reason_label.hpp"
#include "orchestrator/metrics/role_gauges.hpp"
#include "orchestrator/metrics/role_series.hpp"
#include "orchestrator/metrics/status_counters.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <utility>

namespace rolecall::metrics {
namespace {

struct name_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const noexcept {
    return std::hash<std::string_view>{}(name);
  }
};

/// Values by name, for many threads. A value is never removed nor moved.
template <typename Value>
class by_name {
 public:
  /// Makes it of `arguments` when it is the first time.
  template <typename... Argument>
  Value& at(std::string_view name, Argument&&... arguments) {
    if (auto* found = find(name)) return *found;
    const std::unique_lock lock{mutex_};
    return values_.try_emplace(std::string{name}, std::forward<Argument>(arguments)...)
        .first->second;
  }

  /// Null: there is none.
  [[nodiscard]] Value* find(std::string_view name) {
    const std::shared_lock lock{mutex_};
    const auto found = values_.find(name);
    return found == values_.end() ? nullptr : &found->second;
  }

 private:
  std::shared_mutex mutex_;
  std::unordered_map<std::string, Value, name_hash, std::equal_to<>> values_;
};

}  // namespace

struct catalogue::implementation {
  exposition shown;

  role_families data_plane{shown};
  by_name<role_series> roles;
  family<Counter>& key_requests = shown.of<Counter>(key_requests_definition);
  by_name<status_counters> keys;
  Counter& access_log_dropped = shown.of<Counter>(access_log_dropped_definition).with();
  Gauge& client_connections = shown.of<Gauge>(client_connections_definition).with();

  role_gauge_families control_plane{shown};
  std::map<std::string, role_gauges, std::less<>> gauges;
  family<Counter>& evictions = shown.of<Counter>(evictions_definition);
  family<Counter>& misestimates = shown.of<Counter>(misestimates_definition);

  instance_families of_instances{shown};
  std::map<std::pair<std::string, std::string>, instance_metrics> instances;

  host_metrics host{shown};
  daemon_metrics daemon{shown};

  role_gauges& gauges_of(std::string_view role) {
    if (const auto found = gauges.find(role); found != gauges.end()) return found->second;
    return gauges.try_emplace(std::string{role}, control_plane, role).first->second;
  }
};

catalogue::catalogue() : implementation_(std::make_unique<implementation>()) {}
catalogue::~catalogue() = default;

role_metrics& catalogue::of(std::string_view role) {
  return implementation_->roles.at(role, implementation_->data_plane, role);
}

std::uint64_t catalogue::requests_in_flight(std::string_view role) const {
  const auto* known = implementation_->roles.find(role);
  return known == nullptr ? 0 : known->requests_in_flight();
}

void catalogue::key_request_finished(std::string_view key, unsigned status) {
  implementation_->keys.at(key).count(status, [&](const std::string& word) -> Counter& {
    return implementation_->key_requests.with(key, word);
  });
}

void catalogue::access_log_dropped(std::uint64_t lines) {
  implementation_->access_log_dropped.Increment(static_cast<double>(lines));
}

void catalogue::client_connections(int delta) {
  implementation_->client_connections.Increment(delta);
}

instance_metrics& catalogue::of(std::string_view role, std::string_view instance) {
  return implementation_->instances
      .try_emplace({std::string{role}, std::string{instance}}, implementation_->of_instances, role,
                   instance)
      .first->second;
}

host_metrics& catalogue::host() { return implementation_->host; }

daemon_metrics& catalogue::daemon() { return implementation_->daemon; }

void catalogue::evicted(std::string_view role, std::string_view reason) {
  implementation_->evictions.with(role, reason_label(reason)).Increment();
}

void catalogue::misestimated(std::string_view role) {
  implementation_->misestimates.with(role).Increment();
}

void catalogue::waiting(std::string_view role, std::string_view priority, std::size_t waiters) {
  implementation_->gauges_of(role).waiting(priority, waiters);
}

void catalogue::tier(std::string_view role, std::string_view word) {
  implementation_->gauges_of(role).tier(word);
}

void catalogue::speed(std::string_view role, const role_speed& known) {
  implementation_->gauges_of(role).speed(known);
}

void catalogue::role_gone(std::string_view role) {
  auto& gauges = implementation_->gauges;
  if (const auto found = gauges.find(role); found != gauges.end()) found->second.gone();
}

std::string catalogue::text() const { return implementation_->shown.text(); }

}  // namespace rolecall::metrics
