#pragma once

#include "launcher/process_probe.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace rolecall::supervision {

using time_point = std::chrono::steady_clock::time_point;

/// What one look at a ready process found.
struct vital_signs {
  std::string unanswered{};  ///< the route that gave no answer in time; empty: it answers
  launcher::process_progress process{};
  time_point last_byte{};  ///< when a byte of any answer came from it; the clock's epoch: never
};

/// Tells a process that is alive and does not answer from one that is busy. A busy one computes,
/// reads pages, or sends; all that a look costs a wedged one is nothing. Pure.
class liveness {
 public:
  /// Fewer unanswered looks are no proof, however long they took.
  static constexpr int fewest_failures = 3;

  /// `start`: when the process became ready; `at_start`: what it had done by then.
  explicit liveness(time_point start, launcher::process_progress at_start = {}) noexcept
      : answered_at_(start),
        worked_at_(start),
        started_(start),
        seen_{.process = at_start},
        at_last_answer_(at_start) {}

  /// `limit`: how long it may neither answer nor work. Empty: it lives, or has some time left to
  /// show it. Otherwise the evidence: "no answer to
  /// /health for 1m, 0.0 s of CPU time, no bytes for 2m (stopped by a signal)".
  [[nodiscard]] std::optional<std::string> look(const vital_signs& signs,
                                                std::chrono::seconds limit, time_point now);

  /// Whether the process did something between its last answer or work and a look that found
  /// `signs`.
  [[nodiscard]] bool has_worked(const vital_signs& signs, time_point now) const;

 private:
  [[nodiscard]] std::string evidence(const vital_signs& signs, time_point now) const;

  time_point answered_at_;
  time_point worked_at_;
  time_point started_;
  int failures_ = 0;
  vital_signs seen_;  // when it worked or answered last, at worked_at_
  launcher::process_progress at_last_answer_;
};

/// Time between two looks, and how long an answer may take: a sixth of the limit, at most 10 s.
[[nodiscard]] std::chrono::milliseconds look_gap(std::chrono::seconds limit) noexcept;

}  // namespace rolecall::supervision
