#include "orchestrator/residency/queue_pace.hpp"

namespace rolecall::residency {

// The weight of the newest sample is that of a TCP's smoothed round-trip time (RFC 6298). Several
// slots that are granted at once share the time since the last ones.
void queue_pace::step(time_point now, std::size_t granted, bool waiting) {
  constexpr double newest = 1.0 / 8;
  if (since_ && granted > 0) {
    const auto sample = std::chrono::duration<double>{now - *since_} / static_cast<double>(granted);
    mean_ = mean_ ? *mean_ + newest * (sample - *mean_) : sample;
  }
  if (!waiting)
    since_.reset();
  else if (!since_ || granted > 0)
    since_ = now;
}

}  // namespace rolecall::residency
