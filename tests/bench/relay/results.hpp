#pragma once

#include "tests/bench/relay/scenario.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rolecall::bench {

struct spread {
  double least = 0;
  double median = 0;
  double most = 0;
};
/// None of no values.
[[nodiscard]] std::optional<spread> spread_of(std::vector<double> values);

/// The figures of a scenario, over all repetitions.
class scenario_results {
 public:
  /// `figures` of one proxy, none if it could not be measured. Added latency follows from the
  /// figures of `direct` in the same repetition.
  void add_repetition(const std::map<proxy_kind, std::vector<figure>>& figures);

  /// In the order of the figures, added ones last.
  [[nodiscard]] const std::vector<std::string>& metrics() const noexcept { return metrics_; }
  [[nodiscard]] std::optional<spread> of(const std::string& metric, proxy_kind proxy) const;
  /// rolecall's figure by nginx's, repetition by repetition; where a figure is not above zero,
  /// there is no ratio.
  [[nodiscard]] std::optional<spread> ratio(const std::string& metric) const;

 private:
  using repetition = std::map<std::string, std::map<proxy_kind, double>>;
  void add(repetition& to, const std::string& metric, proxy_kind proxy, double value);

  std::vector<std::string> metrics_;
  std::vector<repetition> repetitions_;
};

}  // namespace rolecall::bench
