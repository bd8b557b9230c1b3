#pragma once

#include "orchestrator/metrics/samples.hpp"

#include <optional>

namespace rolecall::metrics {

/// `now` − `before`, of totals; what is not a total is `now`'s.
[[nodiscard]] engine_sample difference(const engine_sample& now, const engine_sample& before);
[[nodiscard]] process_usage difference(const process_usage& now, const process_usage& before);

/// Whether a total is less than it was: of another process, then.
[[nodiscard]] bool fell(const engine_sample& before, const engine_sample& now);
[[nodiscard]] bool fell(const process_usage& before, const process_usage& now);

/// What the totals of a process grow by from sample to sample, over its replacements. The first
/// sample ever is where counting begins: the process was adopted, and what it did before was
/// counted by another daemon.
template <typename Sample>
class growth {
 public:
  /// The next sample is of a process whose totals began at 0.
  void begin_process() { last_ = Sample{}; }

  [[nodiscard]] Sample since_last(const Sample& now) {
    if (!last_) last_ = now;
    if (fell(*last_, now)) begin_process();
    const auto grown = difference(now, *last_);
    last_ = now;
    return grown;
  }

 private:
  std::optional<Sample> last_;
};

}  // namespace rolecall::metrics
