#include "orchestrator/proxy/replica_choice.hpp"

#include "orchestrator/proxy/leading_hash.hpp"

#include <limits>
#include <tuple>

namespace rolecall::proxy {
namespace {

constexpr std::uint64_t no_bound = std::numeric_limits<std::uint64_t>::max();

std::uint64_t bound_of(const routed_role& role) noexcept {
  std::uint64_t leases = 0;
  std::uint64_t replicas = 0;
  for (const auto* each : role.upstreams) {
    if (!each->gate.is_open()) continue;
    leases += each->gate.leases();
    ++replicas;
  }
  return bounded_load(leases, replicas);
}

}  // namespace

std::uint64_t affinity_rank(std::uint64_t prefix, std::string_view instance) noexcept {
  leading_hash hash(prefix);
  hash.update(instance);
  return hash.value();
}

std::uint64_t bounded_load(std::uint64_t leases, std::uint64_t replicas) noexcept {
  // Rounded up: 5/4 of the average.
  const auto divisor = 4 * (replicas == 0 ? 1 : replicas);
  return (5 * (leases + 1) + divisor - 1) / divisor;
}

upstream* choose_replica(const routed_role& role, const replica_wish& wish, const upstream* refused,
                         time_point now) noexcept {
  const bool by_prefix = role.routing == registry::replica_routing::affinity && wish.prefix &&
                         role.upstreams.size() > 1;
  const auto bound = by_prefix ? bound_of(role) : no_bound;
  // The lowest is the best.
  using preference = std::tuple<bool, bool, std::uint64_t>;
  upstream* best = nullptr;
  preference best_preference;
  for (auto* candidate : role.upstreams) {
    if (candidate == wish.avoid || candidate == refused || !candidate->gate.admits(wish.kind))
      continue;
    const std::uint64_t leases = candidate->gate.leases();
    const preference its(candidate->rests(now), leases >= bound,
                         by_prefix ? ~affinity_rank(*wish.prefix, candidate->name) : leases);
    if (best != nullptr && its >= best_preference) continue;
    best = candidate;
    best_preference = its;
  }
  return best;
}

}  // namespace rolecall::proxy
