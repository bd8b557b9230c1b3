#pragma once

// Private to this folder.

#include "orchestrator/metrics/exposition.hpp"
#include "orchestrator/metrics/role_definitions.hpp"
#include "orchestrator/metrics/role_metrics.hpp"
#include "orchestrator/metrics/status_counters.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace rolecall::metrics {

/// What the data plane counts by role.
struct role_families {
  explicit role_families(exposition& shown);

  family<Counter>& requests;
  family<Histogram>& request_duration;
  family<Histogram>& queue_wait;
  family<Histogram>& first_byte;
  family<Histogram>& first_token;
  family<Histogram>& token_gap;
  family<Gauge>& in_flight;
  family<Counter>& tokens_in;
  family<Counter>& tokens_in_cached;
  family<Counter>& tokens_out;
  family<Counter>& received_bytes;
  family<Counter>& sent_bytes;
  family<Counter>& client_disconnects;
  family<Counter>& upstream_retries;
};

/// A role's series, looked up once: families lock a mutex and hash label maps.
class role_series final : public role_metrics {
 public:
  role_series(role_families& all, std::string_view role);

  void request_finished(std::string_view route, unsigned status, seconds duration) override;
  void queue_waited(seconds wait) override { queue_wait_.Observe(wait.count()); }
  void first_byte(seconds since_forwarded) override {
    first_byte_.Observe(since_forwarded.count());
  }
  void first_token(seconds since_arrival) override { first_token_.Observe(since_arrival.count()); }
  void token_gaps(const gap_counts& gaps) override;
  void tokens(std::uint64_t in, std::uint64_t in_cached, std::uint64_t out) override;
  void transferred(std::uint64_t received, std::uint64_t sent) override;
  void in_flight(int delta) override { in_flight_.Increment(delta); }
  [[nodiscard]] std::uint64_t requests_in_flight() const {
    return static_cast<std::uint64_t>(std::max(0.0, in_flight_.Value()));
  }
  void client_gone() override { client_disconnects_.Increment(); }
  void upstream_retried() override { upstream_retries_.Increment(); }

 private:
  [[nodiscard]] status_counters& of_route(std::size_t route);

  std::string role_;
  family<Counter>& requests_;
  Histogram& request_duration_;
  Histogram& queue_wait_;
  Histogram& first_byte_;
  Histogram& first_token_;
  Histogram& token_gap_;
  Gauge& in_flight_;
  Counter& tokens_in_;
  Counter& tokens_in_cached_;
  Counter& tokens_out_;
  Counter& received_bytes_;
  Counter& sent_bytes_;
  Counter& client_disconnects_;
  Counter& upstream_retries_;

  // Made for the routes that a role is asked by, which are one or two. The pointers own nothing.
  std::array<std::atomic<status_counters*>, route_words.size()> by_route_{};
  std::array<std::unique_ptr<status_counters>, route_words.size()> made_;
  std::mutex making_;
};

}  // namespace rolecall::metrics
