#include "tools/rolectl/top_view.hpp"

#include "tools/rolectl/bar.hpp"
#include "tools/rolectl/role_words.hpp"
#include "tools/rolectl/table.hpp"
#include "tools/rolectl/top_header.hpp"

#include <algorithm>
#include <array>

namespace rolecall::rolectl {
namespace {

using admin::role_status;
using lines = std::vector<std::string>;

constexpr std::size_t spark_width = 12;

/// How the screen's lines are shared out; a small screen does without the parts that matter least.
struct layout {
  std::size_t header = 4;
  std::size_t gap = 1;
  std::size_t rows = 0;    ///< of the table, below its titles
  std::size_t detail = 5;  ///< the empty line above it included
  std::size_t footer = 2;
};

layout layout_of(const screen& on, std::size_t roles) {
  layout parts;
  if (on.height <= 0) {
    parts.rows = roles;
    return parts;
  }
  const auto height = static_cast<std::size_t>(on.height);
  if (height < 20) parts.detail = 0;
  if (height < 10) parts.header = 1;
  if (height < 8) parts.gap = 0;
  if (height < 5) parts.header = 0;
  if (height < 4) parts.footer = 0;
  const auto taken = parts.header + parts.gap + 1 + parts.detail + parts.footer;
  parts.rows = height > taken ? height - taken : 0;
  return parts;
}

std::string title(const char* text, top_sort by, const top_state& state, const screen& on) {
  if (state.sort != by) return text;
  return std::string{text} + (shows_blocks(on) ? "▾" : "*");
}

std::string role_spark(const std::vector<double>& samples, double full, const screen& on) {
  return std::ranges::any_of(samples, [](double sample) { return sample > 0; })
             ? sparkline(samples, spark_width, full, on)
             : std::string{};
}

lines table_lines(const top_state& state, const std::vector<const role_status*>& roles,
                  const screen& on) {
  const auto named = [&](const char* text, top_sort by) { return title(text, by, state, on); };
  table rows{{{"  " + named("ROLE", top_sort::role)},
              {named("STATE", top_sort::state)},
              {"SINCE", side::right, 6},
              {"PORT", side::left, 3},
              {"MODEL", side::left, 2},
              {"QUANT", side::left, 1},
              {"TIER", side::left, 5},
              {named("MEMORY", top_sort::memory), side::right, 9},
              {"", side::left, 7},
              {"", side::left, 4},
              {named("REQS", top_sort::requests), side::right},
              {named("TOK/S", top_sort::tokens), side::right},
              {"", side::left, 8},
              {"REASON"}}};
  static const top_history none;
  for (const auto* role : roles) {
    const auto known = state.roles.find(role->name);
    const auto& history = known == state.roles.end() ? none : known->second;
    const bool chosen = role->name == state.selected;
    rows.add(
        {{(chosen ? "> " : "  ") + tame_line(role->name, on), look::bold},
         {state_words(*role), look_of(admin::state_of(*role))},
         {since_words(*role)},
         {port_words(*role)},
         {tame_line(role->model, on)},
         {tame_line(role->quant, on)},
         {tier_words(*role)},
         {memory_words(*role)},
         {memory_bar(*role, on)},
         {role_spark(history.memory, static_cast<double>(reserved_bytes(*role)), on), look::good},
         {request_words(*role)},
         {token_words(*role)},
         {role->shares.empty() ? role_spark(history.tokens, 0, on) : "", look::good},
         {reason_words(*role, on), look::dim}},
        chosen);
  }
  return rows.lines(on);
}

/// The table with as many of its rows as fit, the selected one among them.
lines fleet_table(const top_state& state, const layout& parts, const screen& on) {
  const auto roles = sorted_roles(state);
  auto table = table_lines(state, roles, on);
  const auto selected = static_cast<std::size_t>(
      std::ranges::find(roles, state.selected, &role_status::name) - roles.begin());
  const auto last_first = roles.size() - std::min(roles.size(), parts.rows);
  const auto first = std::min(selected - std::min(selected, parts.rows / 2), last_first);
  const auto shown = std::min(parts.rows, roles.size() - first);
  lines result;
  if (parts.gap > 0)
    result.push_back(shown == roles.size() ? std::string{}
                                           : top_line("roles " + std::to_string(first + 1) +
                                                          " to " + std::to_string(first + shown) +
                                                          " of " + std::to_string(roles.size()),
                                                      look::dim, on));
  result.push_back(std::move(table.front()));
  for (std::size_t row = first; row < first + shown; ++row)
    result.push_back(std::move(table[row + 1]));
  result.resize(parts.gap + 1 + parts.rows);
  return result;
}

std::string question_words(const send_command& asked) {
  if (asked.force) return "unload " + asked.role + "? requests that run get its drain time (y/n)";
  return "unload " + asked.role + "? (y/n)";
}

std::string message_line(const top_state& state, const screen& on) {
  if (state.question) return top_line(question_words(*state.question), look::bold, on);
  if (state.message) return top_line(state.message->text, state.message->how, on);
  return {};
}

void append(lines& to, lines more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

lines fleet_page(const top_state& state, const screen& on) {
  const auto parts = layout_of(on, state.shown->roles.size());
  auto page = top_header(state, on);
  page.resize(std::min(page.size(), parts.header));
  append(page, fleet_table(state, parts, on));
  if (parts.detail > 0) {
    auto detail = top_detail(state, on);
    detail.insert(detail.begin(), std::string{});
    detail.resize(parts.detail);
    append(page, std::move(detail));
  }
  if (parts.footer > 0) {
    page.push_back(message_line(state, on));
    page.push_back(
        top_line("l load  u unload  o log  s sort  p pause  ? help  q quit", look::dim, on));
  }
  return page;
}

lines help_page(const screen& on) {
  constexpr std::array<std::string_view, 16> text{
      "rolectl top: the fleet, live",
      "",
      "up, down, j, k       select a role; Page Up, Page Down, Home, End",
      "l                    load it",
      "u                    unload it, after asking",
      "o, Enter             its log as it grows; q or Escape comes back",
      "s                    sort by the next of role, state, memory, requests, tokens",
      "1 2 3 4 5            sort by one of these",
      "p                    pause: the picture stays as it is; p goes on",
      "Ctrl-L               draw the screen anew",
      "Ctrl-Z               back to the shell; `fg` returns",
      "q, Ctrl-C            leave",
      "",
      "MEMORY used/reserved  REQS served/waiting  TOK/S generated per second",
      "",
      "any key closes this page"};
  lines page;
  for (const auto line : text) page.push_back(top_line(line, look::plain, on));
  page.front() = top_line(text.front(), look::bold, on);
  return page;
}

lines log_page(const top_log& log, const screen& on) {
  auto heading = "log of " + log.role;
  if (log.back > 0) heading += ", " + std::to_string(log.back) + " lines back";
  if (!log.ended.empty()) heading += " (ended: " + log.ended + ")";
  lines page{top_line(heading, look::bold, on)};
  // A line that has no end yet is the last; after an end there is none yet.
  auto last = log.lines.size();
  if (last > 0 && log.lines.back().empty()) --last;
  const auto room = on.height > 2 ? static_cast<std::size_t>(on.height) - 2 : last;
  // Scrolled back to its beginning, the page is still full.
  last = std::max(last - std::min(last, log.back), std::min(last, room));
  for (auto line = last - std::min(last, room); line < last; ++line)
    page.push_back(top_line(log.lines[line], look::plain, on));
  if (on.height > 0) page.resize(room + 1);
  page.push_back(top_line("q back  arrows scroll  End follow", look::dim, on));
  return page;
}

}  // namespace

std::vector<std::string> top_text(const top_state& state, const screen& on) {
  lines page;
  if (state.log)
    page = log_page(*state.log, on);
  else if (state.help)
    page = help_page(on);
  else if (state.shown)
    page = fleet_page(state, on);
  else
    page = {top_line("waiting for rolecalld to answer", look::dim, on)};
  if (on.height > 0) page.resize(std::min(page.size(), static_cast<std::size_t>(on.height)));
  return page;
}

}  // namespace rolecall::rolectl
