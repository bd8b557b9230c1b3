#include "tools/rolectl/event_view.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace rolecall::rolectl {

std::string utc_words(std::int64_t unix_milliseconds) {
  constexpr std::int64_t second = 1000;
  const auto rest = ((unix_milliseconds % second) + second) % second;
  const std::time_t seconds = (unix_milliseconds - rest) / second;
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "-";
  std::array<char, 64> text{};
  const auto length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ", static_cast<int>(rest));
  return std::string(text.data(), length) + fraction.data();
}

look look_of(const admin::fleet_event& event) noexcept {
  const std::string_view text = event.text;
  if (event.kind == "refuse" || event.kind == "stranger") return look::bad;
  if (event.kind == "evict" || event.kind == "memory") return look::busy;
  if (event.kind != "state") return look::plain;
  // "starting → ready", "ready → backoff: crashed: signal 9", "failed: no such file".
  constexpr std::string_view arrow = "→ ";
  const auto at = text.find(arrow);
  const auto state = at == std::string_view::npos ? text : text.substr(at + arrow.size());
  if (state.starts_with("ready")) return look::good;
  if (state.starts_with("failed") || state.starts_with("backoff")) return look::bad;
  return look::plain;
}

std::string event_line(const admin::fleet_event& event, const screen& on) {
  constexpr std::size_t kind_width = 8;
  auto kind = event.kind;
  kind.resize(std::max(kind.size(), kind_width), ' ');
  const auto& subject = event.instance.empty() ? event.role : event.instance;
  // One line per event: what follows the first line of a reason is in the log.
  const auto text = event.text.substr(0, event.text.find('\n'));
  const auto how = look_of(event);
  return painted(utc_words(event.unix_milliseconds), look::dim, on) + "  " +
         painted(tame(kind, on), how, on) + "  " +
         (subject.empty() ? "" : painted(tame(subject, on), look::bold, on) + "  ") +
         painted(tame(text, on), how, on) + "\n";
}

}  // namespace rolecall::rolectl
