#include "orchestrator/metrics/catalogue.hpp"

#include "orchestrator/metrics/definition.hpp"
#include "orchestrator/metrics/reason_label.hpp"

#include <array>
#include <atomic>
#include <mutex>
#include <shared_mutex>
#include <sstream>
#include <unordered_map>

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace rolecall::metrics {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;
using prometheus::Labels;

using buckets = Histogram::BucketBoundaries;

// From a tiny model out of the page cache to 270 GB from disk.
const buckets load_buckets{0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800};
// From an embedding to a long answer of a large model.
const buckets request_buckets{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,   2.5,
                              5,     10,   30,    60,   120, 300,  600, 1800};
// Admission to a ready role takes microseconds; to an unloaded one, as long as its load.
const buckets wait_buckets{0.001, 0.005, 0.025, 0.1, 0.5, 1,   2.5, 5,
                           10,    30,    60,    120, 300, 600, 1800};

constexpr std::array state_words{"stopped",  "starting", "ready", "draining",
                                 "stopping", "backoff",  "failed"};

constexpr unsigned lowest_status = 100;
constexpr unsigned status_count = 500;  // 100 … 599

/// A metric's counters by status; filled on first use.
using status_counters = std::array<std::atomic<Counter*>, status_count>;

struct name_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view name) const noexcept {
    return std::hash<std::string_view>{}(name);
  }
};

template <typename Metric, typename Builder>
Family<Metric>& add_family(prometheus::Registry& registry, Builder builder, const definition& d) {
  return builder.Name(std::string{d.name}).Help(std::string{d.help}).Register(registry);
}

Family<Counter>& counter(prometheus::Registry& registry, const definition& d) {
  return add_family<Counter>(registry, prometheus::BuildCounter(), d);
}
Family<Gauge>& gauge(prometheus::Registry& registry, const definition& d) {
  return add_family<Gauge>(registry, prometheus::BuildGauge(), d);
}
Family<Histogram>& histogram(prometheus::Registry& registry, const definition& d) {
  return add_family<Histogram>(registry, prometheus::BuildHistogram(), d);
}

/// Label values in the order of the definition's labels.
template <typename... Value>
Labels labels(const definition& d, const Value&... values) {
  static_assert(sizeof...(Value) <= definition::most_labels);
  Labels result;
  std::size_t i = 0;
  (result.emplace(std::string{d.labels[i++]}, std::string{values}), ...);
  return result;
}

/// Counts an answer for what `name` names.
void count_status(status_counters& counters, Family<Counter>& family, const definition& d,
                  std::string_view name, unsigned status) {
  // A status that HTTP does not know counts as the lowest, so that the label stays bounded.
  if (status < lowest_status || status >= lowest_status + status_count) status = lowest_status;
  auto& slot = counters[status - lowest_status];
  auto* counter = slot.load(std::memory_order_acquire);
  if (counter == nullptr) {
    // Add() returns the same counter to everybody who asks for the same labels.
    counter = &family.Add(labels(d, name, std::to_string(status)));
    slot.store(counter, std::memory_order_release);
  }
  counter->Increment();
}

}  // namespace

/// Looked up once: the families lock a mutex and hash label maps.
struct catalogue::role_series final : role_metrics {
  role_series(implementation& all, std::string_view role_name);

  void request_finished(unsigned status, seconds duration) override;
  void queue_waited(seconds wait) override { queue_wait.Observe(wait.count()); }
  void first_byte(seconds since_forwarded) override {
    to_first_byte.Observe(since_forwarded.count());
  }
  void in_flight(int delta) override { requests_in_flight.Increment(delta); }
  void client_gone() override { client_disconnects.Increment(); }
  void upstream_retried() override { upstream_retries.Increment(); }

  std::string role;
  Family<Counter>& requests;
  Histogram& request_duration;
  Histogram& queue_wait;
  Histogram& to_first_byte;
  Gauge& requests_in_flight;
  Counter& client_disconnects;
  Counter& upstream_retries;
  status_counters by_status{};
};

struct catalogue::implementation {
  prometheus::Registry registry;
  Family<Gauge>& instance_state = gauge(registry, instance_state_definition);
  Family<Counter>& instance_restarts = counter(registry, instance_restarts_definition);
  Family<Counter>& loads = counter(registry, loads_definition);
  Family<Histogram>& load_duration = histogram(registry, load_duration_definition);
  Family<Counter>& evictions = counter(registry, evictions_definition);
  Gauge& memory_budget = gauge(registry, memory_budget_definition).Add({});
  Gauge& memory_reserved = gauge(registry, memory_reserved_definition).Add({});
  Family<Gauge>& instance_footprint = gauge(registry, instance_footprint_definition);
  Family<Gauge>& instance_memory = gauge(registry, instance_memory_definition);
  Family<Counter>& misestimates = counter(registry, misestimates_definition);
  Gauge& host_available = gauge(registry, host_available_definition).Add({});
  Gauge& host_missing = gauge(registry, host_missing_definition).Add({});
  Family<Counter>& requests = counter(registry, requests_definition);
  Family<Histogram>& request_duration = histogram(registry, request_duration_definition);
  Family<Histogram>& queue_wait = histogram(registry, queue_wait_definition);
  Family<Histogram>& first_byte = histogram(registry, first_byte_definition);
  Family<Gauge>& in_flight = gauge(registry, in_flight_definition);
  Family<Gauge>& waiters = gauge(registry, waiters_definition);
  Family<Gauge>& slots_taken = gauge(registry, slots_taken_definition);
  Family<Gauge>& slots = gauge(registry, slots_definition);
  Family<Counter>& client_disconnects = counter(registry, client_disconnects_definition);
  Family<Counter>& upstream_retries = counter(registry, upstream_retries_definition);
  Family<Counter>& key_requests = counter(registry, key_requests_definition);
  Counter& access_log_dropped = counter(registry, access_log_dropped_definition).Add({});
  Family<Counter>& dropped_writes = counter(registry, dropped_writes_definition);
  Gauge& registry_generation = gauge(registry, registry_generation_definition).Add({});
  Family<Counter>& registry_reloads = counter(registry, registry_reloads_definition);
  Family<Gauge>& build_info = gauge(registry, build_info_definition);
  Gauge* build = nullptr;  // control thread

  std::shared_mutex keys_mutex;
  std::unordered_map<std::string, status_counters, name_hash, std::equal_to<>> keys;

  /// The reference stays valid, as with of().
  status_counters& of_key(std::string_view key) {
    {
      const std::shared_lock lock{keys_mutex};
      if (const auto found = keys.find(key); found != keys.end()) return found->second;
    }
    const std::unique_lock lock{keys_mutex};
    return keys.try_emplace(std::string{key}).first->second;
  }

  std::shared_mutex roles_mutex;
  std::unordered_map<std::string, role_series, name_hash, std::equal_to<>> roles;

  /// The reference stays valid: entries are never removed, and the map does not move them.
  role_series& of(std::string_view role) {
    {
      const std::shared_lock lock{roles_mutex};
      if (const auto found = roles.find(role); found != roles.end()) return found->second;
    }
    const std::unique_lock lock{roles_mutex};
    return roles.try_emplace(std::string{role}, *this, role).first->second;
  }
};

catalogue::role_series::role_series(implementation& all, std::string_view role_name)
    : role(role_name),
      requests(all.requests),
      request_duration(all.request_duration.Add(labels(request_duration_definition, role_name),
                                                request_buckets)),
      queue_wait(all.queue_wait.Add(labels(queue_wait_definition, role_name), wait_buckets)),
      to_first_byte(all.first_byte.Add(labels(first_byte_definition, role_name), request_buckets)),
      requests_in_flight(all.in_flight.Add(labels(in_flight_definition, role_name))),
      client_disconnects(
          all.client_disconnects.Add(labels(client_disconnects_definition, role_name))),
      upstream_retries(all.upstream_retries.Add(labels(upstream_retries_definition, role_name))) {}

void catalogue::role_series::request_finished(unsigned status, seconds duration) {
  request_duration.Observe(duration.count());
  count_status(by_status, requests, requests_definition, role, status);
}

catalogue::catalogue() : implementation_(std::make_unique<implementation>()) {}
catalogue::~catalogue() = default;

role_metrics& catalogue::of(std::string_view role) { return implementation_->of(role); }

void catalogue::key_request_finished(std::string_view key, unsigned status) {
  count_status(implementation_->of_key(key), implementation_->key_requests, key_requests_definition,
               key, status);
}

void catalogue::access_log_dropped(std::uint64_t lines) {
  implementation_->access_log_dropped.Increment(static_cast<double>(lines));
}

void catalogue::writes_dropped(std::string_view file, std::uint64_t count) {
  implementation_->dropped_writes.Add(labels(dropped_writes_definition, file))
      .Increment(static_cast<double>(count));
}

void catalogue::instance_state(std::string_view role, std::string_view instance,
                               std::string_view state) {
  for (const char* word : state_words)
    implementation_->instance_state.Add(labels(instance_state_definition, role, instance, word))
        .Set(state == word ? 1 : 0);
}

void catalogue::instance_restarted(std::string_view role, std::string_view instance,
                                   std::string_view reason) {
  implementation_->instance_restarts
      .Add(labels(instance_restarts_definition, role, instance, reason_label(reason)))
      .Increment();
}

void catalogue::load_finished(std::string_view role, std::string_view instance, seconds duration) {
  implementation_->loads.Add(labels(loads_definition, role, instance)).Increment();
  implementation_->load_duration.Add(labels(load_duration_definition, role), load_buckets)
      .Observe(duration.count());
}

void catalogue::evicted(std::string_view role, std::string_view reason) {
  implementation_->evictions.Add(labels(evictions_definition, role, reason_label(reason)))
      .Increment();
}

void catalogue::memory(std::uint64_t budget_bytes, std::uint64_t reserved_bytes) {
  implementation_->memory_budget.Set(static_cast<double>(budget_bytes));
  implementation_->memory_reserved.Set(static_cast<double>(reserved_bytes));
}

void catalogue::footprint(std::string_view role, std::string_view instance, std::uint64_t bytes) {
  implementation_->instance_footprint.Add(labels(instance_footprint_definition, role, instance))
      .Set(static_cast<double>(bytes));
}

void catalogue::instance_memory(std::string_view role, std::string_view instance,
                                const measured& bytes) {
  const auto set = [&](std::string_view kind, std::uint64_t value) {
    implementation_->instance_memory.Add(labels(instance_memory_definition, role, instance, kind))
        .Set(static_cast<double>(value));
  };
  set("pss", bytes.pss);
  set("anon", bytes.anon);
  set("file", bytes.file);
  set("swapped", bytes.swapped);
}

void catalogue::instance_memory_gone(std::string_view role, std::string_view instance) {
  auto& family = implementation_->instance_memory;
  for (const auto* kind : {"pss", "anon", "file", "swapped"})
    family.Remove(&family.Add(labels(instance_memory_definition, role, instance, kind)));
}

void catalogue::instance_gone(std::string_view role, std::string_view instance) {
  auto& all = *implementation_;
  for (const char* word : state_words)
    all.instance_state.Remove(
        &all.instance_state.Add(labels(instance_state_definition, role, instance, word)));
  const auto remove = [&](Family<Gauge>& family, const definition& d) {
    family.Remove(&family.Add(labels(d, role, instance)));
  };
  remove(all.instance_footprint, instance_footprint_definition);
  remove(all.slots_taken, slots_taken_definition);
  remove(all.slots, slots_definition);
}

void catalogue::misestimated(std::string_view role) {
  implementation_->misestimates.Add(labels(misestimates_definition, role)).Increment();
}

void catalogue::host_memory(std::uint64_t available_bytes, std::uint64_t missing_bytes) {
  implementation_->host_available.Set(static_cast<double>(available_bytes));
  implementation_->host_missing.Set(static_cast<double>(missing_bytes));
}

void catalogue::waiting(std::string_view role, std::string_view priority, std::size_t waiters) {
  implementation_->waiters.Add(labels(waiters_definition, role, priority))
      .Set(static_cast<double>(waiters));
}

void catalogue::role_gone(std::string_view role) {
  auto& family = implementation_->waiters;
  for (const auto* priority : {"interactive", "background"})
    family.Remove(&family.Add(labels(waiters_definition, role, priority)));
}

void catalogue::slots(std::string_view role, std::string_view instance, std::uint32_t taken,
                      std::uint32_t capacity) {
  implementation_->slots_taken.Add(labels(slots_taken_definition, role, instance)).Set(taken);
  implementation_->slots.Add(labels(slots_definition, role, instance)).Set(capacity);
}

void catalogue::registry_generation(std::uint64_t generation) {
  implementation_->registry_generation.Set(static_cast<double>(generation));
}

void catalogue::registry_reloaded(std::string_view outcome) {
  implementation_->registry_reloads.Add(labels(registry_reloads_definition, outcome)).Increment();
}

void catalogue::build_info(std::string_view version, std::string_view engine) {
  auto& all = *implementation_;
  if (all.build != nullptr) all.build_info.Remove(all.build);
  all.build = &all.build_info.Add(labels(build_info_definition, version, engine));
  all.build->Set(1);
}

std::string catalogue::text() const {
  std::ostringstream out;
  prometheus::TextSerializer{}.Serialize(out, implementation_->registry.Collect());
  return std::move(out).str();
}

}  // namespace rolecall::metrics
