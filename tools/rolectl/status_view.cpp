#include "tools/rolectl/status_view.hpp"

#include "registry/quantities.hpp"
#include "tools/rolectl/bar.hpp"
#include "tools/rolectl/table.hpp"

#include <cmath>

namespace rolecall::rolectl {
namespace {

using admin::fleet_status;

std::string joined(const std::vector<std::string>& texts) {
  std::string result;
  for (const auto& text : texts) result += (result.empty() ? "" : ", ") + text;
  return result;
}

/// A line that stays a line: tamed, and cut at the screen's edge.
std::string line_of(const std::string& text, look how, const screen& on) {
  return painted(cut(tame_line(text, on), on), how, on) + "\n";
}

std::string head_lines(const fleet_status& status, const screen& on) {
  auto line = "rolecalld " + status.version + ", up " + age_words(status.uptime_seconds);
  if (!status.engine.empty()) line += ", engine " + tame_line(status.engine, on);
  auto text = line_of(line, look::plain, on);
  text += line_of("registry " + status.registry_file + " (generation " +
                      std::to_string(status.registry.generation) + "), front door " +
                      joined(status.listen),
                  look::plain, on);
  if (!status.registry.drift.empty())
    text += line_of(status.registry.drift + ": rolectl reload --dry-run", look::busy, on);
  if (!status.registry.waiting.empty())
    text += line_of("waiting for a restart of rolecalld: " + joined(status.registry.waiting),
                    look::busy, on);
  return text;
}

}  // namespace

std::string budget_line(const fleet_status& status, const screen& on) {
  const auto share = status.budget == 0 ? 0.0
                                        : static_cast<double>(status.reserved) /
                                              static_cast<double>(status.budget);
  const auto free = status.budget > status.reserved ? status.budget - status.reserved : 0;
  return line_of("memory " + bar(share, bar_width(on), on) + " " +
                     registry::format_bytes(status.reserved) + " of " +
                     registry::format_bytes(status.budget) + " reserved (" +
                     std::to_string(std::lround(share * 100)) + " %), " +
                     registry::format_bytes(free) + " free",
                 look::plain, on);
}

std::string status_text(const fleet_status& status, const screen& on) {
  table roles{{{"ROLE"},
               {"STATE"},
               {"SINCE", side::right, 6},
               {"PORT", side::left, 3},
               {"MODEL", side::left, 2},
               {"QUANT", side::left, 1},
               {"TIER", side::left, 4},
               {"MEMORY", side::right, 8},
               {"", side::left, 5},
               {"REQS", side::right, 9},
               {"TOK/S", side::right, 7},
               {"REASON"}}};
  for (const auto& role : status.roles)
    roles.add({{tame_line(role.name, on), look::bold},
               {state_words(role), look_of(admin::state_of(role))},
               {since_words(role)},
               {port_words(role)},
               {tame_line(role.model, on)},
               {tame_line(role.quant, on)},
               {tier_words(role)},
               {memory_words(role)},
               {memory_bar(role, on)},
               {request_words(role)},
               {token_words(role)},
               {reason_words(role, on), look::dim}});
  return head_lines(status, on) + "\n" + roles.text(on) + "\n" + budget_line(status, on);
}

}  // namespace rolecall::rolectl
