#include "orchestrator/metrics/role_series.hpp"

#include <algorithm>
#include <vector>

namespace rolecall::metrics {
namespace {

/// The last word's for one that is not known.
std::size_t index_of(std::string_view route) {
  const auto* known = std::ranges::find(route_words, route);
  return static_cast<std::size_t>(std::min(known, route_words.end() - 1) - route_words.begin());
}

}  // namespace

role_families::role_families(exposition& shown)
    : requests(shown.of<Counter>(requests_definition)),
      request_duration(shown.of<Histogram>(request_duration_definition)),
      queue_wait(shown.of<Histogram>(queue_wait_definition)),
      first_byte(shown.of<Histogram>(first_byte_definition)),
      first_token(shown.of<Histogram>(first_token_definition)),
      token_gap(shown.of<Histogram>(token_gap_definition)),
      in_flight(shown.of<Gauge>(in_flight_definition)),
      tokens_in(shown.of<Counter>(tokens_in_definition)),
      tokens_in_cached(shown.of<Counter>(tokens_in_cached_definition)),
      tokens_out(shown.of<Counter>(tokens_out_definition)),
      received_bytes(shown.of<Counter>(received_bytes_definition)),
      sent_bytes(shown.of<Counter>(sent_bytes_definition)),
      client_disconnects(shown.of<Counter>(client_disconnects_definition)),
      upstream_retries(shown.of<Counter>(upstream_retries_definition)) {}

role_series::role_series(role_families& all, std::string_view role)
    : role_(role),
      requests_(all.requests),
      request_duration_(all.request_duration.with(role)),
      queue_wait_(all.queue_wait.with(role)),
      first_byte_(all.first_byte.with(role)),
      first_token_(all.first_token.with(role)),
      token_gap_(all.token_gap.with(role)),
      in_flight_(all.in_flight.with(role)),
      tokens_in_(all.tokens_in.with(role)),
      tokens_in_cached_(all.tokens_in_cached.with(role)),
      tokens_out_(all.tokens_out.with(role)),
      received_bytes_(all.received_bytes.with(role)),
      sent_bytes_(all.sent_bytes.with(role)),
      client_disconnects_(all.client_disconnects.with(role)),
      upstream_retries_(all.upstream_retries.with(role)) {}

void role_series::request_finished(std::string_view route, unsigned status, seconds duration) {
  request_duration_.Observe(duration.count());
  const auto index = index_of(route);
  of_route(index).count(status, [&](const std::string& word) -> Counter& {
    return requests_.with(role_, route_words[index], word);
  });
}

status_counters& role_series::of_route(std::size_t route) {
  auto& slot = by_route_[route];
  if (auto* made = slot.load(std::memory_order_acquire)) return *made;
  const std::lock_guard lock{making_};
  auto& owned = made_[route];
  if (!owned) {
    owned = std::make_unique<status_counters>();
    slot.store(owned.get(), std::memory_order_release);
  }
  return *owned;
}

void role_series::token_gaps(const gap_counts& gaps) {
  const std::vector<double> increments(gaps.counts.begin(), gaps.counts.end());
  if (std::ranges::any_of(increments, [](double count) { return count > 0; }))
    token_gap_.ObserveMultiple(increments, gaps.sum_seconds);
}

void role_series::tokens(std::uint64_t in, std::uint64_t in_cached, std::uint64_t out) {
  tokens_in_.Increment(static_cast<double>(in));
  tokens_in_cached_.Increment(static_cast<double>(in_cached));
  tokens_out_.Increment(static_cast<double>(out));
}

void role_series::transferred(std::uint64_t received, std::uint64_t sent) {
  received_bytes_.Increment(static_cast<double>(received));
  sent_bytes_.Increment(static_cast<double>(sent));
}

}  // namespace rolecall::metrics
