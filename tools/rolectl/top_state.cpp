#include "tools/rolectl/top_state.hpp"

#include "tools/rolectl/role_words.hpp"
#include "tools/rolectl/top_command.hpp"
#include "tools/rolectl/top_keys.hpp"

#include <algorithm>
#include <array>

namespace rolecall::rolectl {
namespace {

using admin::command;
using admin::fleet_status;
using admin::role_status;
using actions = std::vector<top_action>;

constexpr double message_seconds = 10;

/// What needs the operator first.
constexpr std::array<std::string_view, 8> most_urgent{"failed",   "backoff", "starting", "draining",
                                                      "stopping", "ready",   "stopped",  ""};

std::size_t urgency(const role_status& role) {
  return static_cast<std::size_t>(std::ranges::find(most_urgent, admin::state_of(role)) -
                                  most_urgent.begin());
}

/// Whether `a` stands before `b`; equal ones stand by name.
bool stands_before(top_sort by, const role_status& a, const role_status& b) {
  switch (by) {
    case top_sort::role:
      return a.name < b.name;
    case top_sort::state:
      return std::pair{urgency(a), a.name} < std::pair{urgency(b), b.name};
    case top_sort::memory:
      return std::pair{reserved_bytes(b), a.name} < std::pair{reserved_bytes(a), b.name};
    case top_sort::requests:
      return std::pair{b.in_flight + b.waiting, a.name} <
             std::pair{a.in_flight + a.waiting, b.name};
    case top_sort::tokens:
      return std::pair{b.tokens_per_second, a.name} < std::pair{a.tokens_per_second, b.name};
  }
  return false;
}

void keep(std::vector<double>& samples, double sample) {
  if (samples.size() == top_history::most) samples.erase(samples.begin());
  samples.push_back(sample);
}

void remember(top_state& state, const fleet_status& status) {
  double tokens = 0;
  for (const auto& role : status.roles) {
    auto& history = state.roles[role.name];
    keep(history.tokens, role.tokens_per_second);
    keep(history.memory, static_cast<double>(used_bytes(role)));
    if (role.shares.empty()) tokens += role.tokens_per_second;
  }
  keep(state.fleet.tokens, tokens);
  keep(state.fleet.memory, static_cast<double>(status.reserved));
  std::erase_if(state.roles, [&](const auto& entry) {
    return std::ranges::find(status.roles, entry.first, &role_status::name) == status.roles.end();
  });
}

bool has_begun(const role_status& role) {
  return std::ranges::any_of(role.instances, [](const auto& instance) {
    return instance.load || instance.state == "starting";
  });
}

/// What a command has led to, once it has.
std::optional<top_message> result_of(top_state::pending& sent, const role_status& role,
                                     double now) {
  const auto state = admin::state_of(role);
  const bool rests = state == "stopped" || state == "failed";
  if (sent.what == command::unload) {
    if (!rests) return std::nullopt;
    return top_message{role.name + " is unloaded", look::good, now};
  }
  if (has_begun(role)) {
    sent.begun = true;
    return std::nullopt;
  }
  if (state == "ready") return top_message{role.name + " is ready", look::good, now};
  if (!rests && state != "backoff") return std::nullopt;
  // A role that is stopped may wait for room, and one that failed before has not done so again.
  const bool failed_since =
      state != "stopped" && std::ranges::any_of(role.instances, [&](const auto& instance) {
        return instance.state == state && instance.since_seconds < now - sent.since;
      });
  if (!sent.begun && !failed_since) return std::nullopt;
  return top_message{role.name + " was not loaded: " + reason_words(role, {}), look::bad, now};
}

void look_for_results(top_state& state, const fleet_status& status) {
  std::erase_if(state.commands, [&](auto& sent) {
    const auto* role = find_role(status, sent.role);
    if (role == nullptr) return true;
    auto result = result_of(sent, *role, state.now);
    if (!result) return false;
    state.message = std::move(result);
    return true;
  });
}

actions on(top_state& state, const key& pressed) { return press(state, pressed); }

actions on(top_state& state, const top_snapshot& answer) {
  state.failure.clear();
  state.answered = state.now;
  look_for_results(state, answer.status);
  if (state.paused) return {};
  remember(state, answer.status);
  state.shown = answer.status;
  if (selected_role(state) == nullptr) {
    const auto rows = sorted_roles(state);
    state.selected = rows.empty() ? std::string{} : rows.front()->name;
  }
  return {};
}

actions on(top_state& state, const top_failure& failure) {
  state.failure = failure.reason;
  return {};
}

actions on(top_state& state, const top_outcome& outcome) {
  std::erase_if(state.commands, [&](const auto& sent) { return sent.role == outcome.role; });
  if (!outcome.refusal.empty()) {
    state.say(outcome.refusal, look::bad);
    return {};
  }
  state.commands.push_back({outcome.what, outcome.role, false, state.now});
  state.say(outcome.role + ": " + std::string{to_string(outcome.what)} + " is under way");
  return {};
}

actions on(top_state& state, const top_log_piece& piece) {
  if (!state.log || state.log->role != piece.role) return {};
  auto& log = *state.log;
  if (log.lines.empty()) log.lines.emplace_back();
  for (const char c : piece.text) {
    if (c == '\n') {
      log.lines.emplace_back();
      if (log.back > 0) ++log.back;  // what is read stays where it is
    } else {
      log.lines.back() += c;
    }
  }
  if (log.lines.size() > top_log::most)
    log.lines.erase(log.lines.begin(),
                    log.lines.end() - static_cast<std::ptrdiff_t>(top_log::most));
  log.back = std::min(log.back, log.lines.size() - 1);
  return {};
}

actions on(top_state& state, const top_log_end& end) {
  if (state.log && state.log->role == end.role) state.log->ended = end.reason;
  return {};
}

actions on(top_state&, const top_tick&) { return {}; }

}  // namespace

void top_state::say(std::string text, look how) {
  message = top_message{std::move(text), how, now};
}

std::optional<top_sort> parse_top_sort(std::string_view word) noexcept {
  const auto found = std::ranges::find(top_sort_words, word);
  if (found == top_sort_words.end()) return std::nullopt;
  return static_cast<top_sort>(found - top_sort_words.begin());
}

std::vector<top_action> step(top_state& state, const top_event& event, double now) {
  state.now = now;
  if (state.message && now - state.message->since > message_seconds) state.message.reset();
  return std::visit([&](const auto& e) { return on(state, e); }, event);
}

std::vector<const role_status*> sorted_roles(const top_state& state) {
  std::vector<const role_status*> rows;
  if (!state.shown) return rows;
  for (const auto& role : state.shown->roles) rows.push_back(&role);
  std::ranges::sort(
      rows, [&](const auto* a, const auto* b) { return stands_before(state.sort, *a, *b); });
  return rows;
}

const role_status* selected_role(const top_state& state) {
  if (!state.shown) return nullptr;
  const auto found = std::ranges::find(state.shown->roles, state.selected, &role_status::name);
  return found == state.shown->roles.end() ? nullptr : &*found;
}

}  // namespace rolecall::rolectl
