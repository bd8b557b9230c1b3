#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace rolecall::launcher {

/// The first executable file of that name in `path` (the form of $PATH; empty entries are skipped),
/// below `root`. The answer is absolute and does not contain `root`.
[[nodiscard]] std::optional<std::filesystem::path> find_in_path(
    std::string_view name, std::string_view path, const std::filesystem::path& root = "/");

/// $PATH, or a default when it is not set.
[[nodiscard]] std::string_view search_path();

}  // namespace rolecall::launcher
