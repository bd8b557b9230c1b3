#include "orchestrator/supervision/start_turns.hpp"

#include <algorithm>
#include <set>

namespace rolecall::supervision {
namespace {

using registry::file_identity;
using standing = start_turn::standing;
using disks = std::set<std::uint64_t>;

/// Disks that the load has to read from.
disks read_by(const start_turn& turn, const std::set<file_identity>& cached) {
  disks read;
  for (const auto& file : turn.files)
    if (!cached.contains(file)) read.insert(file.device);
  return read;
}

}  // namespace

std::vector<residency::instance_id> starts_due(const std::vector<start_turn>& turns) {
  std::set<file_identity> cached;
  for (const auto& turn : turns)
    if (turn.now == standing::up) cached.insert(turn.files.begin(), turn.files.end());

  disks taken;
  std::vector<const start_turn*> waiting;
  for (const auto& turn : turns) {
    if (turn.now == standing::waits) waiting.push_back(&turn);
    if (turn.now == standing::loads) taken.merge(read_by(turn, cached));
  }
  for (const auto& turn : turns)
    if (turn.now == standing::loads) cached.insert(turn.files.begin(), turn.files.end());

  std::ranges::stable_sort(waiting, std::greater{}, &start_turn::priority);
  std::vector<residency::instance_id> due;
  for (const auto* turn : waiting) {
    auto wanted = read_by(*turn, cached);
    const bool free =
        std::ranges::none_of(wanted, [&](std::uint64_t disk) { return taken.contains(disk); });
    if (free) {
      due.push_back(turn->instance);
      cached.insert(turn->files.begin(), turn->files.end());
    }
    taken.merge(wanted);
  }
  return due;
}

}  // namespace rolecall::supervision
