#include "orchestrator/residency/victims.hpp"

#include <algorithm>
#include <tuple>

namespace rolecall::residency {

// A process starts in about a second; an array of NVMe drives reads 120 GiB in 27 s.
std::chrono::duration<double> estimated_load_time(byte_count bytes) {
  constexpr double bytes_per_second = 120.0 * (1ULL << 30) / 27;
  return std::chrono::duration<double>{1 + static_cast<double>(bytes) / bytes_per_second};
}

double memory_worth(std::chrono::duration<double> load_time, byte_count freed,
                    std::chrono::duration<double> idle) {
  const auto bytes = static_cast<double>(std::max<byte_count>(freed, 1));
  return load_time.count() / bytes / std::max(idle.count(), 1e-3);
}

void sort_for_eviction(std::vector<candidate>& candidates) {
  std::ranges::sort(candidates, {}, [](const candidate& c) {
    return std::tuple{c.cost, c.priority, c.worth, c.last_used, c.instance};
  });
}

std::optional<std::vector<candidate>> choose_victims(const std::vector<candidate>& ordered,
                                                     holdings held, byte_count allowed) {
  std::vector<candidate> chosen;
  for (const auto& c : ordered) {
    if (held.bytes() <= allowed) break;
    chosen.push_back(c);
    held.remove(c.instance);
  }
  if (held.bytes() > allowed) return std::nullopt;

  for (auto i = chosen.size(); i-- > 0;) {
    if (held.bytes_with(chosen[i].instance) > allowed) continue;
    held.add(chosen[i].instance);
    chosen.erase(chosen.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return chosen;
}

}  // namespace rolecall::residency
