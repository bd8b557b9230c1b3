#include "orchestrator/proxy/lease_source.hpp"

#include <algorithm>

namespace rolecall::proxy {
namespace {

void tell_idle(const upstream& which) {
  if (which.listener != nullptr) which.listener->instance_idle(which.id);
}

// False: its gate is closed.
bool enter(upstream& which, time_point now) {
  bool idle_notice = false;
  const bool entered = which.gate.enter(now, idle_notice);
  if (idle_notice) tell_idle(which);
  return entered;
}

// The open one with the least leases; the first among equals, so that its prompt cache stays warm.
upstream* least_busy(const std::vector<upstream*>& candidates, const upstream* avoid,
                     const upstream* closed) {
  upstream* best = nullptr;
  for (auto* candidate : candidates) {
    if (candidate == avoid || candidate == closed || !candidate->gate.is_open()) continue;
    if (best == nullptr || candidate->gate.leases() < best->gate.leases()) best = candidate;
  }
  return best;
}

}  // namespace

const routed_role* routing_table::find(std::string_view name) const noexcept {
  const auto found = std::ranges::lower_bound(
      names, name, {}, [](const auto& entry) { return std::string_view{entry.first}; });
  return found != names.end() && found->first == name ? &roles[found->second] : nullptr;
}

lease::~lease() {
  if (upstream_ != nullptr && upstream_->gate.leave(std::chrono::steady_clock::now()))
    tell_idle(*upstream_);
}

lease try_enter(const routed_role& role, const upstream* avoid, time_point now) noexcept {
  // A gate may close between the look and the entry; then the next one is looked for, at most once
  // for each.
  const upstream* closed = nullptr;
  for (std::size_t tries = 0; tries < role.upstreams.size(); ++tries) {
    auto* const best = least_busy(role.upstreams, avoid, closed);
    if (best == nullptr) break;
    if (enter(*best, now)) return lease{*best};
    closed = best;
  }
  return lease{};
}

}  // namespace rolecall::proxy
