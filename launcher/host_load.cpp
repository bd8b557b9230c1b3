#include "launcher/host_load.hpp"

#include "launcher/proc_fields.hpp"
#include "launcher/words.hpp"

#include <array>
#include <charconv>

namespace rolecall::launcher {
namespace {

std::optional<double> total_of(std::string_view pressure, std::string_view scope) noexcept {
  constexpr double per_second = 1e6;
  const auto total = leading_number(field(field(pressure, scope), "total="));
  if (!total) return std::nullopt;
  return static_cast<double>(*total) / per_second;
}

bool take_number(std::string_view& text, double& number) noexcept {
  const auto word = take_word(text);
  const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), number);
  return failed == std::errc{} && end == word.data() + word.size();
}

}  // namespace

stalled_seconds parse_stalled_seconds(std::string_view pressure) noexcept {
  return {.some = total_of(pressure, "some "), .full = total_of(pressure, "full ")};
}

std::optional<load_averages> parse_load_averages(std::string_view loadavg) noexcept {
  load_averages load;
  for (auto* const average : {&load.one, &load.five, &load.fifteen})
    if (!take_number(loadavg, *average)) return std::nullopt;
  return load;
}

std::optional<cpu_seconds> parse_cpu_seconds(std::string_view stat,
                                             double ticks_per_second) noexcept {
  // proc(5): what a guest used is in `user` and `nice` already.
  enum column : std::size_t { user, nice, system, idle, iowait, irq, softirq, steal, columns };
  constexpr std::size_t told_by_every_kernel = idle + 1;
  std::string_view text = field(stat, "cpu ");
  text = take_line(text);
  std::array<double, columns> seconds{};
  for (std::size_t i = 0; i < columns; ++i) {
    double ticks = 0;
    if (!take_number(text, ticks)) {
      if (i < told_by_every_kernel) return std::nullopt;
      break;
    }
    seconds[i] = ticks / ticks_per_second;
  }
  return cpu_seconds{.user = seconds[user] + seconds[nice],
                     .system = seconds[system],
                     .idle = seconds[idle],
                     .iowait = seconds[iowait],
                     .other = seconds[irq] + seconds[softirq] + seconds[steal]};
}

}  // namespace rolecall::launcher
