#include "orchestrator/memory/pressure.hpp"

#include <algorithm>

namespace rolecall::memory {

namespace {

constexpr byte_count largest_automatic_floor = 4ULL << 30;
constexpr byte_count automatic_share = 64;
constexpr double stalled_share = 0.10;

}  // namespace

byte_count floor_of(const registry::memory_settings& settings, byte_count limit) noexcept {
  return settings.floor.value_or(std::min(limit / automatic_share, largest_automatic_floor));
}

byte_count missing_memory(const launcher::host_memory& host, byte_count own_files,
                          byte_count floor) noexcept {
  const auto own = std::min(own_files, host.page_cache.value_or(own_files));
  const auto left = host.left() > own ? host.left() - own : 0;
  const auto wanted = host.stalled >= stalled_share ? 2 * floor : floor;
  return left < wanted ? wanted - left : 0;
}

}  // namespace rolecall::memory
