#include "orchestrator/supervision/start_mark.hpp"

#include "launcher/log_file.hpp"

#include <algorithm>
#include <ctime>
#include <string_view>

#include <unistd.h>

namespace rolecall::supervision {
namespace {

constexpr std::string_view mark = "rolecall: start ";

std::string utc_now() {
  const auto now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  std::string text(sizeof "2026-11-21T09:40:00Z", '\0');
  text.resize(std::strftime(text.data(), text.size(), "%FT%TZ", &parts));
  return text;
}

}  // namespace

std::uintmax_t append_start_mark(const std::filesystem::path& log, const std::string& instance,
                                 int generation) {
  const auto file = launcher::open_log(log);
  if (!file) return 0;
  const auto line =
      std::string{mark} + std::to_string(generation) + " of " + instance + ", " + utc_now() + "\n";
  [[maybe_unused]] const auto written = ::write(file->number(), line.data(), line.size());
  const auto end = ::lseek(file->number(), 0, SEEK_END);
  return end < 0 ? 0 : static_cast<std::uintmax_t>(end);
}

std::vector<std::string> lines_since_start(const std::filesystem::path& log, std::size_t count) {
  auto lines = launcher::last_lines(log, count);
  const auto latest = std::find_if(lines.rbegin(), lines.rend(),
                                   [](const auto& line) { return line.starts_with(mark); });
  lines.erase(lines.begin(), latest.base());
  return lines;
}

}  // namespace rolecall::supervision
