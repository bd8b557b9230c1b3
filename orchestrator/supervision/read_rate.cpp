#include "orchestrator/supervision/read_rate.hpp"

#include <chrono>

namespace rolecall::supervision {

using namespace std::chrono_literals;

void read_rate::add(std::uint64_t bytes, time_point now) {
  if (!samples_.empty() && now - samples_.back().at < 100ms) return;
  samples_.push_back({now, bytes});
  while (samples_.size() > 2 && now - samples_[1].at >= 1s) samples_.pop_front();
}

std::optional<double> read_rate::per_second() const {
  if (samples_.size() < 2) return std::nullopt;
  const auto& [began, before] = samples_.front();
  const auto& [ended, after] = samples_.back();
  return static_cast<double>(after - before) / std::chrono::duration<double>(ended - began).count();
}

}  // namespace rolecall::supervision
