#include "orchestrator/proxy/lease_source.hpp"

#include "orchestrator/proxy/replica_choice.hpp"

#include <algorithm>

namespace rolecall::proxy {
namespace {

using residency::gate_notice;
using residency::lease_kind;

void tell(const upstream& which, gate_notice owed) {
  if (which.listener == nullptr) return;
  switch (owed) {
    case gate_notice::none:
      break;
    case gate_notice::slot_free:
      which.listener->slot_freed(which.id);
      break;
    case gate_notice::idle:
      which.listener->instance_idle(which.id);
      break;
  }
}

}  // namespace

const routed_role* routing_table::find(std::string_view name) const noexcept {
  const auto found = std::ranges::lower_bound(
      names, name, {}, [](const auto& entry) { return std::string_view{entry.first}; });
  return found != names.end() && found->first == name ? &roles[found->second] : nullptr;
}

lease::~lease() {
  if (upstream_ != nullptr)
    tell(*upstream_, upstream_->gate.leave(kind_, std::chrono::steady_clock::now()));
}

lease try_enter(upstream& which, time_point now, lease_kind kind) noexcept {
  const auto [entered, owed] = which.gate.enter(kind, now);
  tell(which, owed);
  return entered ? lease{which, kind} : lease{};
}

lease try_enter(const routed_role& role, const upstream* avoid, time_point now, lease_kind kind,
                std::optional<std::uint64_t> prefix) noexcept {
  const replica_wish wish{.kind = kind, .prefix = prefix, .avoid = avoid};
  // A gate may close or fill up between the look and the entry; then the next one is looked for, at
  // most once for each.
  const upstream* refused = nullptr;
  for (std::size_t tries = 0; tries < role.upstreams.size(); ++tries) {
    auto* const chosen = choose_replica(role, wish, refused, now);
    if (chosen == nullptr) break;
    if (auto held = try_enter(*chosen, now, kind)) return held;
    refused = chosen;
  }
  return lease{};
}

}  // namespace rolecall::proxy
