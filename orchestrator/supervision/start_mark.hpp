#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rolecall::supervision {

/// Appends "rolecall: start 3 of frontdoor, 2026-11-21T09:40:00Z" to an instance's log: the child's
/// own lines tell neither the date nor where a start begins. Returns where the log ends then, 0
/// for one that cannot be written, which is left alone.
std::uintmax_t append_start_mark(const std::filesystem::path& log, const std::string& instance,
                                 int generation);

/// The log's last `count` lines, oldest first, without those of earlier starts.
[[nodiscard]] std::vector<std::string> lines_since_start(const std::filesystem::path& log,
                                                         std::size_t count);

}  // namespace rolecall::supervision
