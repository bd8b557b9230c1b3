#pragma once

#include "registry/registry.hpp"

#include <string>
#include <vector>

namespace rolecall::admin {

/// What loading a role would do now, without doing it.
struct load_plan {
  struct victim {
    std::string instance;
    double idle_seconds = 0;
    registry::byte_count freed_bytes = 0;
    std::string reason;  ///< why this one, and why now or later
  };
  std::string role;
  std::string decision;  ///< one word: "ready", "start", "evict", "wait", "never", "pressure" …
  std::string verdict;   ///< one sentence with the numbers
  registry::byte_count needed_bytes = 0;  ///< on top of what is reserved
  registry::byte_count held_bytes = 0;    ///< of its files, in memory for others already
  registry::byte_count free_bytes = 0;    ///< of the budget
  std::vector<victim> victims;            ///< in the order in which they would go
};

[[nodiscard]] std::string to_json(const load_plan& plan);

}  // namespace rolecall::admin
