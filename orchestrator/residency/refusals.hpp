#pragma once

#include "orchestrator/residency/action.hpp"

#include <string>

// What refused callers are told. Each text says what could not be done, why, and what to do next.

namespace rolecall::residency {

/// A request may try a failed role again after this time.
inline constexpr std::chrono::seconds failure_cool_down{30};

/// `hot` bytes of the budget belong to HOT roles whatever happens.
[[nodiscard]] refusal refuse_never_fits(const std::string& role, byte_count needed,
                                        byte_count budget, byte_count hot);
/// `retry_after`: when it would be its turn; see planner::expected_wait.
[[nodiscard]] refusal refuse_queue_full(const catalogue::role& role,
                                        std::chrono::seconds retry_after);
/// The host's memory is short by `missing` bytes: see host_memory.
[[nodiscard]] std::string describe_missing(byte_count missing);
/// `waited` since it asked; `obstacle` is what it still waited for.
[[nodiscard]] refusal refuse_deadline(const std::string& role, std::chrono::seconds waited,
                                      const std::string& obstacle,
                                      std::chrono::seconds retry_after);
[[nodiscard]] refusal refuse_failed(const std::string& role, const std::string& reason,
                                    std::chrono::seconds retry_after);
[[nodiscard]] refusal refuse_unloaded(const std::string& role);
[[nodiscard]] refusal refuse_removed(const std::string& role);
[[nodiscard]] refusal refuse_shutting_down();

}  // namespace rolecall::residency
