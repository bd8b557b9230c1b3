#include "tools/rolectl/top_header.hpp"

#include "registry/quantities.hpp"
#include "tools/rolectl/bar.hpp"
#include "tools/rolectl/role_words.hpp"
#include "tools/rolectl/text_columns.hpp"

#include <algorithm>
#include <cmath>

namespace rolecall::rolectl {
namespace {

using admin::fleet_status;
using admin::role_status;
using registry::byte_count;
using registry::format_bytes;

double share_of(byte_count part, byte_count whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string percent(double share) { return std::to_string(std::lround(share * 100)) + " %"; }

std::string who_line(const top_state& state, const screen& on) {
  const auto& fleet = *state.shown;
  if (!state.failure.empty())
    return top_line("not reachable for " + age_words(state.now - state.answered) +
                        ", trying again: " + state.failure,
                    look::bad, on);
  auto text = "rolecalld " + fleet.version + ", up " + age_words(fleet.uptime_seconds);
  if (!fleet.engine.empty()) text += ", engine " + fleet.engine;
  if (state.paused) return top_line("PAUSED  " + text, look::busy, on);
  return top_line(text, look::bold, on);
}

std::string budget_words(const fleet_status& fleet, const screen& on) {
  const auto share = share_of(fleet.reserved, fleet.budget);
  return "budget " + bar(share, bar_width(on), on) + " " + format_bytes(fleet.reserved) + " of " +
         format_bytes(fleet.budget) + " reserved (" + percent(share) + ")";
}

std::string host_line(const fleet_status& fleet, const screen& on) {
  const auto& host = fleet.host;
  const auto left = host.available > host.fleet_files ? host.available - host.fleet_files : 0;
  const auto taken = fleet.memory_total > left ? fleet.memory_total - left : 0;
  auto text = "host   " + bar(share_of(taken, fleet.memory_total), bar_width(on), on) + " " +
              format_bytes(taken) + " of " + format_bytes(fleet.memory_total) + " taken";
  if (host.missing > 0) text += ", " + format_bytes(host.missing) + " missing to the floor";
  if (host.stalled >= 0.01) text += ", stalled " + percent(host.stalled);
  const bool short_of_it = host.missing > 0 || host.stalled >= 0.01;
  return top_line(text, short_of_it ? look::bad : look::plain, on);
}

std::string speed_words(const fleet_status& fleet) {
  double tokens = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t waiting = 0;
  for (const auto& role : fleet.roles) {
    if (role.shares.empty()) tokens += role.tokens_per_second;
    in_flight += role.in_flight;
    waiting += role.waiting;
  }
  const auto ready = std::ranges::count_if(
      fleet.roles, [](const auto& role) { return admin::state_of(role) == "ready"; });
  return "tokens " + rate_words(tokens) + "/s, requests " + std::to_string(in_flight) +
         ", waiting " + std::to_string(waiting) + ", " + std::to_string(ready) + " of " +
         std::to_string(fleet.roles.size()) + " roles ready";
}

/// `words`, and behind column `from` a sparkline, if one of a readable width fits.
std::string with_sparkline(const std::string& words, std::size_t from,
                           const std::vector<double>& samples, double full, const screen& on) {
  constexpr std::size_t least = 8;
  constexpr std::size_t most = 60;
  const auto width = on.width == 0 ? from + most : static_cast<std::size_t>(on.width);
  if (width < from + least) return top_line(words, look::plain, on);
  return words + std::string(from - std::min(from, display_width(words)), ' ') +
         painted(sparkline(samples, std::min(most, width - from), full, on), look::good, on);
}

std::string generating_words(const role_status& role) {
  auto text = rate_words(role.tokens_per_second) + "/s";
  if (role.speed) text += ", generating " + rate_words(*role.speed) + "/s";
  if (role.expected_speed) {
    text += role.speed ? " of " : ", ";
    text += rate_words(*role.expected_speed) + "/s expected";
  }
  return text;
}

std::string used_words(const role_status& role) {
  if (!role.shares.empty()) return "that of " + role.shares;
  return format_bytes(used_bytes(role)) + " used, " + format_bytes(reserved_bytes(role)) +
         " reserved";
}

/// "tokens <sparkline> words".
std::string sparkline_first(const char* label, const std::vector<double>& samples, double full,
                            const std::string& words, const screen& on) {
  constexpr int room_for_words = 60;
  constexpr int least = 8;
  constexpr int most = 60;
  if (on.width > 0 && on.width < room_for_words / 2)
    return top_line(label + words, look::plain, on);
  const auto width = on.width == 0 ? most : std::clamp(on.width - room_for_words, least, most);
  auto rest = on;
  rest.width = std::max(on.width - static_cast<int>(display_width(label)) - width, 1);
  return label +
         painted(sparkline(samples, static_cast<std::size_t>(width), full, on), look::good, on) +
         top_line(" " + words, look::plain, on.width == 0 ? on : rest);
}

std::string model_words(const role_status& role) {
  std::string text;
  for (const auto& word : {role.model, role.quant, tier_words(role)})
    if (!word.empty()) text += (text.empty() ? "" : ", ") + word;
  const auto ports = port_words(role);
  if (!ports.empty()) text += ", port " + ports;
  if (role.acceptance) text += ", " + percent(*role.acceptance) + " of drafts accepted";
  return text;
}

}  // namespace

std::string top_line(std::string_view text, look how, const screen& on) {
  return painted(cut(tame_line(text, on), on), how, on);
}

std::vector<std::string> top_header(const top_state& state, const screen& on) {
  const auto& fleet = *state.shown;
  const auto budget = budget_words(fleet, on);
  const auto speed = speed_words(fleet);
  const auto from = std::max(display_width(budget), display_width(speed)) + 2;
  return {who_line(state, on),
          with_sparkline(budget, from, state.fleet.memory, static_cast<double>(fleet.budget), on),
          with_sparkline(speed, from, state.fleet.tokens, 0, on), host_line(fleet, on)};
}

std::vector<std::string> top_detail(const top_state& state, const screen& on) {
  const auto* role = selected_role(state);
  if (role == nullptr) return {};
  static const top_history none;
  const auto known = state.roles.find(role->name);
  const auto& history = known == state.roles.end() ? none : known->second;
  auto reason = reason_words(*role, on);
  if (!reason.empty()) reason = ": " + reason;
  return {
      top_line(role->name + " " + state_words(*role) + reason, look_of(admin::state_of(*role)), on),
      top_line(model_words(*role), look::plain, on),
      sparkline_first("tokens ", history.tokens, 0, generating_words(*role), on),
      sparkline_first("memory ", history.memory, static_cast<double>(reserved_bytes(*role)),
                      used_words(*role), on)};
}

}  // namespace rolecall::rolectl
