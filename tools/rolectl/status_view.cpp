#include "tools/rolectl/status_view.hpp"

#include "registry/quantities.hpp"
#include "tools/rolectl/table.hpp"

#include <algorithm>
#include <cmath>

namespace rolecall::rolectl {
namespace {

using admin::fleet_status;
using admin::instance_status;
using admin::role_status;

std::string joined(const std::vector<std::string>& texts) {
  std::string result;
  for (const auto& text : texts) result += (result.empty() ? "" : ", ") + text;
  return result;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

/// The instance whose reason says most: one that is not ready, or else the first.
const instance_status* speaker(const role_status& role) {
  for (const auto& instance : role.instances)
    if (instance.state != "ready" && !instance.reason.empty()) return &instance;
  return role.instances.empty() ? nullptr : &role.instances.front();
}

std::string reason_words(const role_status& role) {
  std::string words;
  const auto add = [&words](const std::string& text) {
    if (!text.empty()) words += (words.empty() ? "" : "; ") + text;
  };
  if (!role.shares.empty()) add("shares " + role.shares);
  if (const auto* instance = speaker(role)) {
    if (role.shares.empty()) add(first_line(instance->reason));
    int restarts = 0;
    for (const auto& each : role.instances) restarts += each.restarts;
    if (restarts > 0 && role.shares.empty())
      add(std::to_string(restarts) + (restarts == 1 ? " restart" : " restarts"));
  }
  return words;
}

/// Since the latest change among the instances.
std::string since_words(const role_status& role) {
  if (role.instances.empty()) return {};
  return age_words(
      std::ranges::min_element(role.instances, {}, &instance_status::since_seconds)->since_seconds);
}

std::string reserved_words(const role_status& role) {
  // A sharing role's processes are counted at the role that owns them.
  if (!role.shares.empty()) return {};
  registry::byte_count sum = 0;
  for (const auto& instance : role.instances) sum += instance.reserved_bytes;
  return sum == 0 ? std::string{} : registry::format_bytes(sum);
}

std::string lease_words(const role_status& role) {
  if (!role.shares.empty() || role.instances.empty()) return {};
  std::uint64_t leases = 0;
  for (const auto& instance : role.instances) leases += instance.leases;
  return std::to_string(leases);
}

/// A line that stays a line: cut at the screen's edge.
std::string cut(const std::string& line, const screen& on) {
  if (on.width == 0) return line + "\n";
  return std::string{first_columns(line, static_cast<std::size_t>(on.width))} + "\n";
}

std::string head_lines(const fleet_status& status, const screen& on) {
  auto line = "rolecalld " + status.version + ", up " + age_words(status.uptime_seconds);
  if (!status.engine.empty()) line += ", engine " + first_line(status.engine);
  auto text = cut(line, on) + cut("registry " + status.registry_file + " (generation " +
                                      std::to_string(status.registry.generation) +
                                      "), front door " + joined(status.listen),
                                  on);
  if (!status.registry.drift.empty())
    text += painted(cut(tame(status.registry.drift, on) + ": rolectl reload --dry-run", on),
                    look::busy, on);
  if (!status.registry.waiting.empty())
    text +=
        painted(cut("waiting for a restart of rolecalld: " + joined(status.registry.waiting), on),
                look::busy, on);
  return text;
}

}  // namespace

look look_of(std::string_view state) noexcept {
  if (state == "ready") return look::good;
  if (state == "failed") return look::bad;
  if (state == "stopped" || state.empty()) return look::dim;
  return look::busy;
}

std::string age_words(double seconds) {
  constexpr long long minute = 60;
  constexpr long long hour = 60 * minute;
  constexpr long long day = 24 * hour;
  const auto whole = static_cast<long long>(std::max(0.0, std::floor(seconds)));
  const auto two = [whole](long long unit, const char* name, long long part,
                           const char* part_name) {
    const auto rest = whole % unit / part;
    return std::to_string(whole / unit) + name +
           (rest == 0 ? "" : std::to_string(rest) + part_name);
  };
  if (whole < minute) return std::to_string(whole) + "s";
  if (whole < hour) return std::to_string(whole / minute) + "m";
  return whole < day ? two(hour, "h", minute, "m") : two(day, "d", hour, "h");
}

std::string state_words(const role_status& role) {
  const auto state = admin::state_of(role);
  if (role.instances.size() < 2) return state;
  const auto count = std::ranges::count(role.instances, state, &instance_status::state);
  return state + " " + std::to_string(count) + "/" + std::to_string(role.instances.size());
}

std::string port_words(const role_status& role) {
  std::string words;
  for (std::size_t i = 0; i < role.instances.size();) {
    auto last = i;
    while (last + 1 < role.instances.size() &&
           role.instances[last + 1].port == role.instances[last].port + 1)
      ++last;
    if (!words.empty()) words += ",";
    words += std::to_string(role.instances[i].port);
    if (last > i) words += "-" + std::to_string(role.instances[last].port);
    i = last + 1;
  }
  return words;
}

std::string budget_line(const fleet_status& status) {
  constexpr double bar_width = 30;
  const auto share = status.budget == 0 ? 0.0
                                        : static_cast<double>(status.reserved) /
                                              static_cast<double>(status.budget);
  const auto filled = static_cast<std::size_t>(std::lround(std::min(share, 1.0) * bar_width));
  const auto free = status.budget > status.reserved ? status.budget - status.reserved : 0;
  return "memory [" + std::string(filled, '#') +
         std::string(static_cast<std::size_t>(bar_width) - filled, '.') + "] " +
         registry::format_bytes(status.reserved) + " of " + registry::format_bytes(status.budget) +
         " reserved (" + std::to_string(std::lround(share * 100)) + " %), " +
         registry::format_bytes(free) + " free\n";
}

std::string status_text(const fleet_status& status, const screen& on) {
  table roles{{{"ROLE"},
               {"STATE"},
               {"SINCE", side::right, 4},
               {"PORT", side::left, 2},
               {"MODEL", side::left, 1},
               {"TIER", side::left, 3},
               {"RESERVED", side::right},
               {"REQUESTS", side::right},
               {"WAITING", side::right},
               {"REASON"}}};
  for (const auto& role : status.roles) {
    const auto tier = role.tier + (role.pinned ? " pinned" : "");
    roles.add({{role.name, look::bold},
               {state_words(role), look_of(admin::state_of(role))},
               {since_words(role)},
               {port_words(role)},
               {role.model},
               {tier},
               {reserved_words(role)},
               {lease_words(role)},
               {role.instances.empty() ? "" : std::to_string(role.waiting)},
               {tame(reason_words(role), on), look::dim}});
  }
  const auto budget = budget_line(status);
  return head_lines(status, on) + "\n" + roles.text(on) + "\n" +
         cut(budget.substr(0, budget.find('\n')), on);
}

}  // namespace rolecall::rolectl
