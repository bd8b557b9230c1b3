#include "launcher/process_probe.hpp"

#include "launcher/proc_fields.hpp"

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
  const auto state_at = stat.find_first_not_of(' ');
  const char state = state_at == std::string_view::npos ? ' ' : stat[state_at];

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
                          .resident_pages = fields[resident_field],
                          .state = state};
}

std::uint64_t parse_read_bytes(std::string_view io) noexcept {
  return leading_number(field(io, "read_bytes:")).value_or(0);
}

std::optional<process_progress> read_progress(int pid) {
  const auto folder = "/proc/" + std::to_string(pid);
  std::ifstream file(folder + "/stat");
  std::string line;
  if (!std::getline(file, line)) return std::nullopt;
  auto progress = parse_progress(line);
  if (const auto io = read_text(folder + "/io"); progress && io)
    progress->read_bytes = parse_read_bytes(*io);
  return progress;
}

}  // namespace rolecall::launcher
