#include "orchestrator/residency/victims.hpp"

#include <algorithm>
#include <tuple>

namespace rolecall::residency {

std::optional<std::vector<candidate>> choose_victims(std::vector<candidate> candidates,
                                                     byte_count needed) {
  std::ranges::sort(candidates, {}, [](const candidate& c) {
    return std::tuple{c.cost, c.last_used, c.instance};
  });
  std::vector<candidate> chosen;
  byte_count sum = 0;
  for (const auto& c : candidates) {
    if (sum >= needed) break;
    chosen.push_back(c);
    sum += c.footprint;
  }
  if (sum < needed) return std::nullopt;

  for (auto i = chosen.size(); i-- > 0;) {
    const auto footprint = chosen[i].footprint;
    if (sum - footprint < needed) continue;
    sum -= footprint;
    chosen.erase(chosen.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return chosen;
}

}  // namespace rolecall::residency
