#pragma once

#include "orchestrator/metrics/growth.hpp"
#include "orchestrator/metrics/samples.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rolecall::metrics {

/// How fast a role generates, from the samples of its instances' engines. Pure: it looks at no
/// clock. An engine counts an answer when it ends (llama-server 0.7.0), so a long one shows all at
/// once.
class generating_speed {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// How long what was generated counts, up to the last sample that showed work.
  static constexpr std::chrono::seconds window{60};
  /// Less time of generating than this tells no speed. The engine's time of an answer begins with
  /// its first token, so answers of one token come at a million tokens per second.
  static constexpr std::chrono::duration<double> least_generating{0.05};

  /// A process of this instance starts; its totals begin at 0.
  void begin_process(std::string_view instance);
  /// `at`: not before the one of the sample before.
  void add(std::string_view instance, const engine_sample& sample, time_point at);
  /// It has no process any more; what it generated still counts.
  void end_process(std::string_view instance);

  /// Tokens per second of generating, over the last minute in which the role worked: what one slot
  /// gives to one request. Empty before there was enough of it.
  [[nodiscard]] std::optional<double> speed() const;
  /// Accepted / drafted tokens, over the same minute. Empty without drafts.
  [[nodiscard]] std::optional<double> acceptance() const;

  /// Over how long throughput is reckoned: longer than most answers, which show when they end.
  static constexpr std::chrono::seconds throughput_window{30};
  /// Tokens per second of wall time, over the last samples of an instance; 0 before there are two.
  [[nodiscard]] double throughput(std::string_view instance) const;
  /// Of all instances together.
  [[nodiscard]] double throughput() const;

 private:
  struct reading {
    time_point at;
    std::uint64_t generated;
  };
  struct instance_totals {
    growth<engine_sample> totals;
    std::uint64_t generated = 0;   // tokens
    std::deque<reading> readings;  // of the window, in order of time

    [[nodiscard]] double throughput() const;
  };
  struct generated {
    time_point at;
    engine_sample grown;
  };

  instance_totals& of(std::string_view instance);

  std::map<std::string, instance_totals, std::less<>> instances_;
  std::deque<generated> work_;  // in order of time
};

}  // namespace rolecall::metrics
