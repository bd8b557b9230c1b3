#include "registry/quantities.hpp"
#include "tools/rolectl/event_view.hpp"
#include "tools/rolectl/request_view.hpp"
#include "tools/rolectl/role_words.hpp"
#include "tools/rolectl/table.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace rolecall::rolectl {
namespace {

constexpr std::size_t load_phase = 2;
constexpr int name_columns = 10;
constexpr int time_columns = 9;
constexpr int share_columns = 6;

std::string elapsed(double seconds) {
  return registry::format_elapsed(std::chrono::duration<double>(seconds));
}

std::string padded(std::string text, int columns, side align) {
  const auto wanted = static_cast<std::size_t>(columns);
  const auto width = display_width(text);
  const std::string blanks(width < wanted ? wanted - width : 0, ' ');
  return align == side::left ? text + blanks : blanks + text;
}

/// "  12.3 s   61 %": right below each other.
std::string figures(double seconds, double total) {
  const auto share = total > 0 ? std::lround(seconds / total * 100) : 0;
  return padded(elapsed(seconds), time_columns, side::right) +
         padded(std::to_string(share) + " %", share_columns, side::right);
}

/// A bar from `begin` to `end` of 1, as wide as the screen leaves room for; something is to be seen
/// of the shortest one.
std::string span_bar(double begin, double end, const screen& on) {
  constexpr int widest = 50;
  constexpr int narrowest = 10;
  constexpr int rest = 2 + name_columns + time_columns + share_columns + 4;
  const int width = on.width == 0 ? widest : std::clamp(on.width - rest, narrowest, widest);
  const auto column = [width](double at) {
    return static_cast<int>(std::lround(std::clamp(at, 0.0, 1.0) * width));
  };
  const int first = std::min(column(begin), width - 1);
  const int last = std::max(column(end), first + 1);
  const auto repeated = [](int count, std::string_view text) {
    std::string result;
    while (count-- > 0) result += text;
    return result;
  };
  return "|" + repeated(first, " ") + repeated(last - first, shows_blocks(on) ? "█" : "#") +
         repeated(width - last, " ") + "|";
}

look phase_look(std::size_t phase) {
  constexpr std::size_t generate_phase = 5;
  if (phase == generate_phase) return look::good;
  return phase <= load_phase ? look::busy : look::plain;
}

std::string timeline(const request_record& request, const screen& on) {
  std::string text;
  double at = 0;
  const double total = request.total_seconds;
  for (std::size_t i = 0; i < request_phases.size(); ++i) {
    auto line = "  " + padded(std::string{request_phases[i]}, name_columns, side::left);
    const auto seconds = request.phases[i];
    if (!seconds) {
      text += painted(line + padded("-", time_columns, side::right), look::dim, on) + "\n";
      continue;
    }
    line += figures(*seconds, total) + "  ";
    const auto share = [total](double time) { return total > 0 ? time / total : 0.0; };
    text += line + painted(span_bar(share(at), share(at + *seconds), on), phase_look(i), on) + "\n";
    at += *seconds;
  }
  return text + "  " + padded("total", name_columns, side::left) +
         padded(elapsed(total), time_columns, side::right) + "\n";
}

std::string head(const request_record& request, const screen& on) {
  std::string outcome = request.is_running() ? "still running" : request.outcome;
  if (request.status != 0) outcome = std::to_string(request.status) + " " + outcome;
  constexpr unsigned first_error = 400;
  const bool is_wrong =
      !request.is_running() && (request.status == 0 || request.status >= first_error);
  return "request " + painted(tame_line(request.id, on), look::bold, on) + "  " +
         painted(tame_line(outcome, on), is_wrong ? look::bad : look::good, on) + "\n";
}

/// What is known of it besides times, a name and a value each.
std::vector<std::pair<std::string, std::string>> facts(const request_record& request) {
  std::vector<std::pair<std::string, std::string>> result;
  const auto add = [&result](const char* name, std::string value) {
    if (!value.empty()) result.emplace_back(name, std::move(value));
  };
  add("arrived", utc_words(request.arrived));
  add("role", request.role);
  add("instance", request.instance == request.role ? "" : request.instance);
  add("route", request.route);
  add("priority", request.priority);
  add("key", request.key);
  add("trace", request.trace_id);
  add("retries", request.retries == 0 ? "" : std::to_string(request.retries));
  std::string evicted;
  for (const auto& role : request.evicted) evicted += (evicted.empty() ? "" : ", ") + role;
  add("evicted", evicted.empty() ? "" : evicted + ", to make room for it");
  return result;
}

std::string token_words(const request_record& request) {
  if (!request.tokens_in && !request.tokens_out) return {};
  std::string words;
  if (request.tokens_in) {
    words = std::to_string(*request.tokens_in) + " in";
    if (request.tokens_in_cached && *request.tokens_in_cached > 0)
      words += " (" + std::to_string(*request.tokens_in_cached) + " from the cache)";
    if (const auto speed = prompt_speed(request)) words += " at " + rate_words(*speed) + "/s";
  }
  if (request.tokens_out) {
    words += (words.empty() ? "" : ", ") + std::to_string(*request.tokens_out) + " out";
    if (const auto speed = generation_speed(request)) words += " at " + rate_words(*speed) + "/s";
  }
  return words;
}

}  // namespace

std::string trace_text(const request_record& request, const screen& on) {
  const auto fact_line = [&on](std::string_view name, const std::string& value) {
    return "  " + painted(padded(std::string{name}, name_columns, side::left), look::dim, on) +
           tame_line(value, on) + "\n";
  };
  auto text = head(request, on);
  for (const auto& [name, value] : facts(request)) text += fact_line(name, value);
  text += "\n" + timeline(request, on) + "\n";
  if (const auto words = token_words(request); !words.empty()) text += fact_line("tokens", words);
  return text + fact_line("bytes", registry::format_bytes(request.bytes_in) + " in, " +
                                       registry::format_bytes(request.bytes_out) + " out");
}

}  // namespace rolecall::rolectl
