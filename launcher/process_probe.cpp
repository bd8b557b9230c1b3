#include "launcher/process_probe.hpp"

#include <array>
#include <charconv>
#include <fstream>
#include <string>

namespace rolecall::launcher {
namespace {

// proc(5), counted from 1 with the command's name as field 2.
constexpr std::size_t major_faults_field = 12;
constexpr std::size_t user_time_field = 14;
constexpr std::size_t system_time_field = 15;
constexpr std::size_t resident_field = 24;
constexpr std::size_t first_after_name = 3;

}  // namespace

std::optional<process_progress> parse_progress(std::string_view stat) {
  // The name may hold anything, blanks and parentheses included; the last parenthesis ends it.
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(name_end + 1);

  std::array<std::uint64_t, resident_field + 1> fields{};
  for (std::size_t i = first_after_name; i <= resident_field; ++i) {
    const auto start = stat.find_first_not_of(" \n");
    if (start == std::string_view::npos) return std::nullopt;
    stat.remove_prefix(start);
    const auto end = std::min(stat.find_first_of(" \n"), stat.size());
    // Fields that are no unsigned number (the state, priorities) stay 0: none of them is wanted.
    std::from_chars(stat.data(), stat.data() + end, fields[i]);
    stat.remove_prefix(end);
  }
  return process_progress{.cpu_ticks = fields[user_time_field] + fields[system_time_field],
                          .major_faults = fields[major_faults_field],
                          .resident_pages = fields[resident_field]};
}

std::optional<process_progress> read_progress(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  return parse_progress(line);
}

}  // namespace rolecall::launcher
