#pragma once

#include "orchestrator/residency/catalogue.hpp"

#include <string>
#include <vector>

namespace rolecall::bench {

/// A request, as a role's caller sends it.
struct arrival {
  double at = 0;  ///< seconds from the trace's beginning
  residency::role_id role = 0;
  double duration = 0;  ///< seconds that it is served for
};

/// What comes when. The same everywhere: random numbers are drawn by rules of its own, because the
/// standard library's distributions differ between implementations.
struct arrival_trace {
  std::string name;
  std::string description;
  std::vector<arrival> arrivals;  // in the order of time
};

/// The WARM roles of the production registry and some more, in decimal gigabytes: files of 5 to
/// 264 GB, of which two roles share one.
[[nodiscard]] residency::catalogue simulated_roles();

/// Traces over `roles` roles, the first of which are wanted most: seeded, one day each.
[[nodiscard]] std::vector<arrival_trace> generated_traces(std::size_t roles);

/// Lines of `seconds role seconds`: when, for whom, how long it is served. Throws
/// std::runtime_error with the line's number.
[[nodiscard]] arrival_trace read_trace(const std::string& path, const residency::catalogue& known);

}  // namespace rolecall::bench
