#pragma once

#include "orchestrator/memory/learned_footprints.hpp"
#include "orchestrator/supervision/adoption_facts.hpp"

#include <filesystem>
#include <vector>

namespace rolecall {

// What earlier daemons left in state_dir. What cannot be read is logged. Blocking.

/// What they measured. A file that cannot be read is put aside, not overwritten: the fleet starts
/// from estimates.
[[nodiscard]] memory::learned_footprints read_learned(const std::filesystem::path& state_dir);

/// What they started, and how it is.
[[nodiscard]] std::vector<supervision::recorded_process> examine_recorded(
    const std::filesystem::path& state_dir);

}  // namespace rolecall
