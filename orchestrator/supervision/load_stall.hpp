#pragma once

#include "launcher/process_probe.hpp"
#include "orchestrator/supervision/instance_fsm.hpp"

#include <chrono>
#include <cstdint>

namespace rolecall::supervision {

/// How far a load has come, as seen from outside the process.
struct load_progress {
  std::uint64_t log_bytes = 0;
  launcher::process_progress process;
};

/// Whether the load did something between two looks at it, `elapsed` apart: the log grew, pages or
/// bytes came from a disk, a MiB came or went, or it computed. A process that waits for a slow disk
/// computes nothing and may write nothing for minutes, but its bytes are counted. Answering our own
/// probes takes CPU time as well (0.3 % of a core), so computing means a twentieth of a core at
/// least.
[[nodiscard]] bool has_advanced(const load_progress& before, const load_progress& after,
                                std::chrono::steady_clock::duration elapsed);

/// Of it, what comes from a disk: memory that fills, pages and bytes that are read.
[[nodiscard]] load_progress reading_of(launcher::process_progress process) noexcept;

/// Tells a slow load from a stuck one: 270 GB take many minutes, but something moves all the time.
/// Pure.
class stall_watch {
 public:
  stall_watch(std::chrono::seconds limit, time_point start) noexcept
      : limit_(limit), since_(start) {}

  /// True when nothing has moved for the limit.
  [[nodiscard]] bool is_stalled(const load_progress& progress, time_point now);

 private:
  std::chrono::seconds limit_;
  time_point since_;      // of the last advance
  load_progress last_{};  // at that moment
};

}  // namespace rolecall::supervision
