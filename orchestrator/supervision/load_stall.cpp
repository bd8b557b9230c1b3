#include "orchestrator/supervision/load_stall.hpp"

#include <algorithm>

#include <unistd.h>

namespace rolecall::supervision {

bool has_advanced(const load_progress& before, const load_progress& after,
                  std::chrono::steady_clock::duration elapsed) {
  if (after.log_bytes != before.log_bytes) return true;
  if (after.process.major_faults > before.process.major_faults) return true;
  if (after.process.read_bytes > before.process.read_bytes) return true;

  static const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  constexpr std::uint64_t worth_noting = 1U << 20;
  const auto [low, high] = std::minmax(before.process.resident_pages, after.process.resident_pages);
  if ((high - low) * page >= worth_noting) return true;

  static const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  constexpr double share_of_core = 0.05;
  constexpr double fewest_ticks = 5;  // below that the clock is too coarse to tell
  const auto ticks = static_cast<double>(after.process.cpu_ticks - before.process.cpu_ticks);
  const auto core = std::chrono::duration<double>(elapsed).count() * ticks_per_second;
  return ticks >= std::max(fewest_ticks, share_of_core * core);
}

load_progress reading_of(launcher::process_progress process) noexcept {
  process.cpu_ticks = 0;
  return {.log_bytes = 0, .process = process};
}

bool stall_watch::is_stalled(const load_progress& progress, time_point now) {
  if (has_advanced(last_, progress, now - since_)) {
    last_ = progress;
    since_ = now;
  }
  return now - since_ >= limit_;
}

}  // namespace rolecall::supervision
