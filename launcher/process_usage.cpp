#include "launcher/process_usage.hpp"

#include "launcher/proc_fields.hpp"
#include "launcher/words.hpp"

#include <array>
#include <string>

#include <unistd.h>

namespace rolecall::launcher {
namespace {

// proc(5), counted from 1 with the command's name as field 2.
constexpr std::size_t first_after_name = 3;
constexpr std::size_t major_faults_field = 12;
constexpr std::size_t user_time_field = 14;
constexpr std::size_t system_time_field = 15;
constexpr std::size_t threads_field = 20;

}  // namespace

std::optional<process_usage> parse_process_usage(std::string_view stat, double ticks_per_second) {
  // The name may hold anything, blanks and parentheses included; the last parenthesis ends it.
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  stat.remove_prefix(name_end + 1);

  std::array<std::string_view, threads_field + 1> fields;
  for (std::size_t i = first_after_name; i < fields.size(); ++i) fields[i] = take_word(stat);
  const auto faults = leading_number(fields[major_faults_field]);
  const auto user = leading_number(fields[user_time_field]);
  const auto system = leading_number(fields[system_time_field]);
  const auto threads = leading_number(fields[threads_field]);
  if (!faults || !user || !system || !threads) return std::nullopt;
  return process_usage{.user_seconds = static_cast<double>(*user) / ticks_per_second,
                       .system_seconds = static_cast<double>(*system) / ticks_per_second,
                       .major_faults = *faults,
                       .threads = static_cast<unsigned>(*threads)};
}

std::optional<process_usage> read_process_usage(int pid) {
  const auto stat = read_text("/proc/" + std::to_string(pid) + "/stat");
  if (!stat) return std::nullopt;
  return parse_process_usage(*stat, static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

}  // namespace rolecall::launcher
