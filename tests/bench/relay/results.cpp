#include "tests/bench/relay/results.hpp"

#include <algorithm>

namespace rolecall::bench {
namespace {

std::optional<double> value_of(const std::vector<figure>& figures, const std::string& metric) {
  const auto found = std::ranges::find(figures, metric, &figure::metric);
  if (found == figures.end()) return std::nullopt;
  return found->value;
}

}  // namespace

std::optional<spread> spread_of(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  const auto middle = values.size() / 2;
  const auto median =
      values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return spread{values.front(), median, values.back()};
}

void scenario_results::add(repetition& to, const std::string& metric, proxy_kind proxy,
                           double value) {
  if (std::ranges::find(metrics_, metric) == metrics_.end()) metrics_.push_back(metric);
  to[metric][proxy] = value;
}

void scenario_results::add_repetition(const std::map<proxy_kind, std::vector<figure>>& figures) {
  auto& latest = repetitions_.emplace_back();
  for (const auto& [proxy, taken] : figures)
    for (const auto& one : taken) add(latest, one.metric, proxy, one.value);
  const auto direct = figures.find(proxy_kind::direct);
  if (direct == figures.end()) return;
  for (const auto& [metric, added] :
       {std::pair<std::string, std::string>{metric::median_latency, metric::added_median},
        {metric::late_latency, metric::added_late}})
    for (const auto& [proxy, taken] : figures) {
      const auto without = value_of(direct->second, metric);
      const auto with = value_of(taken, metric);
      if (proxy != proxy_kind::direct && with && without)
        add(latest, added, proxy, *with - *without);
    }
}

std::optional<spread> scenario_results::of(const std::string& metric, proxy_kind proxy) const {
  std::vector<double> values;
  for (const auto& one : repetitions_)
    if (const auto row = one.find(metric); row != one.end())
      if (const auto value = row->second.find(proxy); value != row->second.end())
        values.push_back(value->second);
  return spread_of(std::move(values));
}

std::optional<spread> scenario_results::ratio(const std::string& metric) const {
  std::vector<double> ratios;
  for (const auto& one : repetitions_) {
    const auto row = one.find(metric);
    if (row == one.end()) continue;
    const auto ours = row->second.find(proxy_kind::rolecall);
    const auto theirs = row->second.find(proxy_kind::nginx);
    if (ours == row->second.end() || theirs == row->second.end()) continue;
    if (ours->second > 0 && theirs->second > 0) ratios.push_back(ours->second / theirs->second);
  }
  return spread_of(std::move(ratios));
}

}  // namespace rolecall::bench
