#include "registry/quantities.hpp"
#include "tools/rolectl/request_view.hpp"
#include "tools/rolectl/role_words.hpp"
#include "tools/rolectl/table.hpp"

#include <algorithm>
#include <chrono>

namespace rolecall::rolectl {
namespace {

std::string time_words(std::optional<double> seconds) {
  if (!seconds) return {};
  return registry::format_elapsed(std::chrono::duration<double>(*seconds));
}

/// From its arrival to its first token; nullopt before that.
std::optional<double> first_token(const request_record& request) {
  const auto generating = request.phases.end() - 1;
  if (!*generating) return std::nullopt;
  double sum = 0;
  for (auto phase = request.phases.begin(); phase != generating; ++phase) sum += phase->value_or(0);
  return sum;
}

look outcome_look(const request_record& request) {
  constexpr unsigned first_error = 400;
  if (request.is_running()) return look::busy;
  return request.status >= first_error || request.status == 0 ? look::bad : look::plain;
}

std::string outcome_words(const request_record& request) {
  if (request.is_running()) return "running";
  return request.status == 0 ? request.outcome
                             : std::to_string(request.status) + " " + request.outcome;
}

}  // namespace

std::string requests_text(std::vector<request_record> requests, std::int64_t now,
                          const screen& on) {
  if (requests.empty()) return "no requests\n";
  std::ranges::stable_partition(requests, &request_record::is_running);
  table lines{{{"REQUEST"},
               {"AGE", side::right, 4},
               {"ROLE"},
               {"ROUTE", side::left, 1},
               {"TOTAL", side::right},
               {"QUEUE", side::right, 3},
               {"LOAD", side::right, 3},
               {"FIRST", side::right, 2},
               {"TOKENS", side::right, 2},
               {"T/S", side::right},
               {"OUTCOME"}}};
  constexpr double milli = 1000;
  constexpr std::size_t queue = 1;
  constexpr std::size_t load = 2;
  for (const auto& request : requests) {
    const auto speed = generation_speed(request);
    lines.add({{tame_line(request.id, on), look::bold},
               {age_words(static_cast<double>(now - request.arrived) / milli)},
               {tame_line(request.role, on)},
               {request.route},
               {time_words(request.total_seconds)},
               {time_words(request.phases[queue])},
               {time_words(request.phases[load])},
               {time_words(first_token(request))},
               {request.tokens_out ? std::to_string(*request.tokens_out) : ""},
               {speed ? rate_words(*speed) : ""},
               {tame_line(outcome_words(request), on), outcome_look(request)}});
  }
  return lines.text(on);
}

}  // namespace rolecall::rolectl
