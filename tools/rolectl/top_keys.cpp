#include "tools/rolectl/top_keys.hpp"

#include "tools/rolectl/top_command.hpp"

#include <algorithm>
#include <utility>

namespace rolecall::rolectl {
namespace {

using admin::command;
using admin::role_status;
using actions = std::vector<top_action>;

constexpr int page = 10;

void select(top_state& state, std::ptrdiff_t by) {
  const auto rows = sorted_roles(state);
  if (rows.empty()) return;
  const auto at = std::ranges::find(rows, state.selected, &role_status::name) - rows.begin();
  const auto last = static_cast<std::ptrdiff_t>(rows.size()) - 1;
  state.selected =
      rows[static_cast<std::size_t>(std::clamp(at + by, std::ptrdiff_t{0}, last))]->name;
}

actions load(top_state& state, const role_status& role) {
  if (role.instances.empty())
    state.say(role.name + " has no process of its own");
  else if (std::ranges::all_of(role.instances,
                               [](const auto& instance) { return instance.state == "ready"; }))
    state.say(role.name + " is ready already");
  else
    return {send_command{command::load, role.name, false}};
  return {};
}

void ask_to_unload(top_state& state, const role_status& role) {
  const auto is = admin::state_of(role);
  if (is == "stopped" || is.empty()) return state.say(role.name + " is not loaded");
  const bool busy =
      std::ranges::any_of(role.instances, [](const auto& instance) { return instance.leases > 0; });
  state.question = send_command{command::unload, role.name, busy};
}

/// Keys that ask for something to be done to the selected role.
actions role_key(top_state& state, char c) {
  const auto* role = selected_role(state);
  if (role == nullptr) return {};
  if (c == 'l') return load(state, *role);
  if (c == 'u') ask_to_unload(state, *role);
  if (c != 'o') return {};
  if (role->instances.empty()) {
    state.say(role->name + " has no process of its own");
    return {};
  }
  state.log = top_log{.role = role->name, .lines = {}, .back = 0, .ended = {}};
  return {follow_log{role->name}};
}

/// Keys that mean the same wherever one is.
std::optional<actions> common_key(char c) {
  if (c == control_c) return actions{leave_top{}};
  if (c == control_l) return actions{clear_screen{}};
  if (c == control_z) return actions{suspend_top{}};
  return std::nullopt;
}

actions fleet_character(top_state& state, char c) {
  switch (c) {
    case 'q':
      return {leave_top{}};
    case 'k':
      select(state, -1);
      return {};
    case 'j':
      select(state, 1);
      return {};
    case 's':
      state.sort =
          static_cast<top_sort>((static_cast<std::size_t>(state.sort) + 1) % top_sort_words.size());
      return {};
    case 'p':
      state.paused = !state.paused && state.shown;
      return {};
    case '?':
    case 'h':
      state.help = true;
      return {};
    default:
      break;
  }
  if (c >= '1' && c <= '5') {
    state.sort = static_cast<top_sort>(c - '1');
    return {};
  }
  return role_key(state, c);
}

actions fleet_key(top_state& state, const key& pressed) {
  const auto all = static_cast<std::ptrdiff_t>(state.shown ? state.shown->roles.size() : 0);
  switch (pressed.what) {
    case key::name::character:
      return fleet_character(state, pressed.character);
    case key::name::up:
      select(state, -1);
      return {};
    case key::name::down:
      select(state, 1);
      return {};
    case key::name::page_up:
      select(state, -page);
      return {};
    case key::name::page_down:
      select(state, page);
      return {};
    case key::name::home:
      select(state, -all);
      return {};
    case key::name::end:
      select(state, all);
      return {};
    case key::name::enter:
      return role_key(state, 'o');
    case key::name::escape:
      return {};
  }
  return {};
}

actions log_key(top_state& state, const key& pressed) {
  auto& log = *state.log;
  const auto scroll = [&log](std::ptrdiff_t by) {
    const auto most = static_cast<std::ptrdiff_t>(std::max<std::size_t>(log.lines.size(), 1)) - 1;
    log.back = static_cast<std::size_t>(
        std::clamp(static_cast<std::ptrdiff_t>(log.back) + by, std::ptrdiff_t{0}, most));
  };
  switch (pressed.what) {
    case key::name::up:
      scroll(1);
      return {};
    case key::name::down:
      scroll(-1);
      return {};
    case key::name::page_up:
      scroll(page);
      return {};
    case key::name::page_down:
      scroll(-page);
      return {};
    case key::name::home:
      scroll(static_cast<std::ptrdiff_t>(log.lines.size()));
      return {};
    case key::name::end:
      log.back = 0;
      return {};
    case key::name::enter:
      return {};
    case key::name::character:
      if (pressed.character != 'q') return {};
      [[fallthrough]];
    case key::name::escape:
      state.log.reset();
      return {leave_log{}};
  }
  return {};
}

}  // namespace

std::vector<top_action> press(top_state& state, const key& pressed) {
  if (pressed.what == key::name::character)
    if (auto common = common_key(pressed.character)) return *std::move(common);
  if (state.question) {
    const auto asked = *std::exchange(state.question, std::nullopt);
    if (pressed == key{key::name::character, 'y'}) return {asked};
    state.say(asked.role + " stays as it is");
    return {};
  }
  if (state.help) {
    state.help = false;
    return {};
  }
  return state.log ? log_key(state, pressed) : fleet_key(state, pressed);
}

}  // namespace rolecall::rolectl
