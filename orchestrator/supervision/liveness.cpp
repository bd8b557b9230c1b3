#include "orchestrator/supervision/liveness.hpp"

#include "registry/quantities.hpp"

#include <algorithm>
#include <cstdio>

#include <unistd.h>

namespace rolecall::supervision {
namespace {

using std::chrono::seconds;

double ticks_per_second() {
  static const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return ticks;
}

std::string whole_seconds(std::chrono::steady_clock::duration d) {
  return registry::format_duration(std::chrono::duration_cast<seconds>(d));
}

}  // namespace

// A thread that only wakes up now and then to find nothing to do takes less than a fiftieth of a
// core.
bool liveness::has_worked(const vital_signs& signs, time_point now) const {
  if (signs.last_byte > seen_.last_byte) return true;
  if (signs.process.major_faults > seen_.process.major_faults ||
      signs.process.read_bytes > seen_.process.read_bytes)
    return true;
  constexpr double share_of_core = 0.02;
  constexpr double fewest_ticks = 3;
  const auto ticks = static_cast<double>(signs.process.cpu_ticks - seen_.process.cpu_ticks);
  const auto elapsed = std::chrono::duration<double>(now - worked_at_).count();
  return ticks >= std::max(fewest_ticks, share_of_core * elapsed * ticks_per_second());
}

std::optional<std::string> liveness::look(const vital_signs& signs, seconds limit, time_point now) {
  // An answer begins the count anew: what counts as work is a share of the time since then, not of
  // days in which there was nothing to do.
  if (signs.unanswered.empty() || has_worked(signs, now)) {
    worked_at_ = now;
    seen_ = signs;
  }
  if (signs.unanswered.empty()) {
    answered_at_ = now;
    at_last_answer_ = signs.process;
    failures_ = 0;
    return std::nullopt;
  }
  ++failures_;
  if (failures_ < fewest_failures || now - answered_at_ < limit || now - worked_at_ < limit)
    return std::nullopt;
  return evidence(signs, now);
}

std::string liveness::evidence(const vital_signs& signs, time_point now) const {
  const auto cpu =
      static_cast<double>(signs.process.cpu_ticks - at_last_answer_.cpu_ticks) / ticks_per_second();
  char cpu_text[32];
  std::snprintf(cpu_text, sizeof cpu_text, "%.1f s", cpu);
  auto text = "no answer to " + signs.unanswered + " for " + whole_seconds(now - answered_at_) +
              ", " + cpu_text + " of CPU time, no bytes for " +
              whole_seconds(now - std::max(signs.last_byte, started_));
  if (signs.process.state == 'T') text += " (stopped by a signal)";
  if (signs.process.state == 'D') text += " (waiting for a disk)";
  return text;
}

std::chrono::milliseconds look_gap(seconds limit) noexcept {
  constexpr std::chrono::milliseconds longest{10'000};
  return std::min(std::chrono::duration_cast<std::chrono::milliseconds>(limit) / 6, longest);
}

}  // namespace rolecall::supervision
