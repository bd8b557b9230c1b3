#pragma once

#include "orchestrator/residency/holdings.hpp"

#include <optional>
#include <vector>

namespace rolecall::residency {

/// What it takes to have an instance's memory back; less is better.
enum class reluctance {
  closing,  ///< its gate is closed already
  idle,     ///< an eviction away
  busy,     ///< leases have to end first
  loading,  ///< it has to become ready and serve who waits for it first
};

/// An instance that may have to leave: WARM and not pinned.
struct candidate {
  instance_id instance = 0;
  role_id role = 0;  ///< the serving role
  reluctance cost = reluctance::idle;
  bool idle = true;  ///< holds no lease; possible for `closing` and `idle`
  int priority = 0;  ///< of its role
  double worth = 0;  ///< see memory_worth(); 0 where the order is least recently used
  time_point last_used{};

  bool operator==(const candidate&) const = default;
};

/// How long a load takes of which nothing but its size is known.
[[nodiscard]] std::chrono::duration<double> estimated_load_time(byte_count bytes);

/// What keeping a byte is worth: seconds of loading saved per byte and second, when the next
/// request is as far away as the last one. `freed`: bytes that its leaving would free.
///
/// GreedyDual-Size-Frequency's value, frequency × cost ÷ size (Cherkasova, HPL-98-69R1, 1998), with
/// the frequency read off the last use, as the space-time product of file migration does (Smith,
/// CACM 24(8), 1981): so it ages by itself, and nothing has to be counted on the way of a request.
[[nodiscard]] double memory_worth(std::chrono::duration<double> load_time, byte_count freed,
                                  std::chrono::duration<double> idle);

/// The order in which they leave: what it takes, then the lower priority, then what is worth less,
/// then the least recently used, then the lower id.
void sort_for_eviction(std::vector<candidate>& candidates);

/// Who of `ordered` leaves so that the rest of `held` takes at most `allowed` bytes: the first
/// ones; and then without those that turn out to be unnecessary, the last ones spared first. A file
/// that several of them map is freed by the last of them. nullopt: all of them together do not.
[[nodiscard]] std::optional<std::vector<candidate>> choose_victims(
    const std::vector<candidate>& ordered, holdings held, byte_count allowed);

}  // namespace rolecall::residency
