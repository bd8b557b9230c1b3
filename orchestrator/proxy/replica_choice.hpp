#pragma once

#include "orchestrator/proxy/lease_source.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace rolecall::proxy {

/// What a request wants of a replica.
struct replica_wish {
  residency::lease_kind kind = residency::lease_kind::slot;
  std::optional<std::uint64_t> prefix = std::nullopt;  ///< role_request::prefix
  const upstream* avoid = nullptr;                     ///< it just failed this request
};

/// Which of the role's upstreams that let in the request goes to; nullptr: none lets in. Enters
/// nothing: the gate may change its mind. `refused`: one whose gate just did, or nullptr.
///
/// Those that rest come last. `affinity`, for a request with a prefix: rendezvous hashing, in the
/// order of affinity_rank(), with bounded loads: who has its share already is passed over. Any
/// other: the least leases; the first among equals, so that its prompt cache stays warm.
[[nodiscard]] upstream* choose_replica(const routed_role& role, const replica_wish& wish,
                                       const upstream* refused, time_point now) noexcept;

/// The highest goes first. By name, so that each conversation keeps its order of the others when a
/// replica comes or goes, and after a restart.
[[nodiscard]] std::uint64_t affinity_rank(std::uint64_t prefix, std::string_view instance) noexcept;

/// The most leases that one of `replicas` may have, with the new one, when all of them have
/// `leases` without it: 1.25 times the average, rounded up (Mirrokni, Thorup, Zadimoghaddam:
/// Consistent Hashing with Bounded Loads, 2018). At least one.
[[nodiscard]] std::uint64_t bounded_load(std::uint64_t leases, std::uint64_t replicas) noexcept;

}  // namespace rolecall::proxy
