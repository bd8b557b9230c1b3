#include "launcher/executable_path.hpp"

#include <cstdlib>

#include <unistd.h>

namespace rolecall::launcher {

std::optional<std::filesystem::path> find_in_path(std::string_view name, std::string_view path,
                                                  const std::filesystem::path& root) {
  while (!path.empty()) {
    const auto end = std::min(path.find(':'), path.size());
    const std::filesystem::path folder = path.substr(0, end);
    path.remove_prefix(std::min(end + 1, path.size()));
    if (!folder.is_absolute()) continue;
    const auto candidate = folder / name;
    const auto file = root / candidate.relative_path();
    std::error_code ignored;
    if (std::filesystem::is_regular_file(file, ignored) && ::access(file.c_str(), X_OK) == 0)
      return candidate;
  }
  return std::nullopt;
}

std::string_view search_path() {
  const char* path = std::getenv("PATH");
  return path != nullptr ? path : "/usr/local/bin:/usr/bin:/bin";
}

}  // namespace rolecall::launcher
