#include "tools/rolectl/load_progress.hpp"

#include "registry/quantities.hpp"
#include "tools/rolectl/bar.hpp"
#include "tools/rolectl/role_words.hpp"
#include "tools/rolectl/text_columns.hpp"

#include <algorithm>

namespace rolecall::rolectl {
namespace {

using admin::instance_status;
using admin::role_status;

/// Of the whole role, 0..1; nullopt while it is known of none of its processes that start.
std::optional<double> loaded_share(const role_status& role) {
  double sum = 0;
  bool is_known = false;
  for (const auto& instance : role.instances) {
    if (instance.state == "ready") sum += 1;
    if (!instance.load || !instance.load->ratio) continue;
    sum += std::clamp(*instance.load->ratio, 0.0, 1.0);
    is_known = true;
  }
  if (!is_known) return std::nullopt;
  return sum / static_cast<double>(role.instances.size());
}

const instance_status* slowest(const role_status& role) {
  const instance_status* result = nullptr;
  for (const auto& instance : role.instances)
    if (instance.load &&
        (result == nullptr || instance.load->ratio.value_or(0) < result->load->ratio.value_or(0)))
      result = &instance;
  return result;
}

std::string phase_words(const role_status& role) {
  const auto* instance = slowest(role);
  if (instance == nullptr) {
    auto words = state_words(role);
    std::uint64_t running = 0;
    for (const auto& each : role.instances)
      if (each.state == "draining") running += each.leases;
    if (running > 0)
      words +=
          ", " + std::to_string(running) + (running == 1 ? " request" : " requests") + " running";
    return words;
  }
  auto load = *instance->load;
  load.ratio.reset();  // the bar tells it
  auto words = load_words(load);
  if (role.instances.size() > 1)
    words += ", " +
             std::to_string(std::ranges::count(role.instances, "ready", &instance_status::state)) +
             "/" + std::to_string(role.instances.size()) + " ready";
  return words;
}

}  // namespace

std::string progress_line(const role_status& role, std::chrono::duration<double> elapsed,
                          const screen& on) {
  constexpr std::size_t bar_width = 24;
  constexpr int narrow = 70;
  constexpr std::size_t narrow_bar_width = 10;
  auto line = role.name;
  if (const auto share = loaded_share(role)) {
    const bool is_narrow = on.width != 0 && on.width < narrow;
    // A percentage is not rounded up to the end that it has not reached.
    line += "  " + bar(*share, is_narrow ? narrow_bar_width : bar_width, on) + " " +
            std::to_string(static_cast<int>(*share * 100)) + " %";
  }
  line += "  " + phase_words(role) + "  " + registry::format_elapsed(elapsed);
  line = tame_line(line, on);
  if (on.width == 0) return line;
  // The last column stays free: some terminals go on to the next line when it is written to.
  return std::string{first_columns(line, static_cast<std::size_t>(on.width) - 1)};
}

}  // namespace rolecall::rolectl
