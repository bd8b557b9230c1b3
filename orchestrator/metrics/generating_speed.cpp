#include "orchestrator/metrics/generating_speed.hpp"

namespace rolecall::metrics {

void generating_speed::begin_process(std::string_view instance) {
  auto& known = of(instance);
  known = {};
  known.totals.begin_process();
}

void generating_speed::add(std::string_view instance, const engine_sample& sample, time_point at) {
  auto& known = of(instance);
  const auto grown = known.totals.since_last(sample);
  known.generated += grown.predicted_tokens;
  known.readings.push_back({at, known.generated});
  while (known.readings.size() > 2 && known.readings[1].at <= at - throughput_window)
    known.readings.pop_front();
  if (grown.predicted_tokens == 0 && grown.draft_tokens == 0) return;
  work_.push_back({at, grown});
  while (work_.front().at <= at - window) work_.pop_front();
}

void generating_speed::end_process(std::string_view instance) {
  if (const auto found = instances_.find(instance); found != instances_.end())
    instances_.erase(found);
}

std::optional<double> generating_speed::speed() const {
  std::uint64_t tokens = 0;
  double seconds = 0;
  for (const auto& [at, grown] : work_) {
    tokens += grown.predicted_tokens;
    seconds += grown.predicted_seconds;
  }
  if (seconds < least_generating.count()) return std::nullopt;
  return static_cast<double>(tokens) / seconds;
}

std::optional<double> generating_speed::acceptance() const {
  std::uint64_t drafted = 0;
  std::uint64_t accepted = 0;
  for (const auto& [at, grown] : work_) {
    drafted += grown.draft_tokens;
    accepted += grown.accepted_tokens;
  }
  if (drafted == 0) return std::nullopt;
  return static_cast<double>(accepted) / static_cast<double>(drafted);
}

double generating_speed::throughput(std::string_view instance) const {
  const auto found = instances_.find(instance);
  return found == instances_.end() ? 0 : found->second.throughput();
}

double generating_speed::throughput() const {
  double sum = 0;
  for (const auto& [name, known] : instances_) sum += known.throughput();
  return sum;
}

double generating_speed::instance_totals::throughput() const {
  if (readings.size() < 2 || readings.back().at <= readings.front().at) return 0;
  const std::chrono::duration<double> time = readings.back().at - readings.front().at;
  return static_cast<double>(readings.back().generated - readings.front().generated) / time.count();
}

generating_speed::instance_totals& generating_speed::of(std::string_view instance) {
  if (const auto found = instances_.find(instance); found != instances_.end()) return found->second;
  return instances_.try_emplace(std::string{instance}).first->second;
}

}  // namespace rolecall::metrics
