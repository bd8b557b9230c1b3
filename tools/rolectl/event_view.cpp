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

std::string event_line(const admin::fleet_event& event, const screen& on) {
  constexpr std::size_t kind_width = 7;
  auto kind = event.kind;
  kind.resize(std::max(kind.size(), kind_width), ' ');
  const auto& subject = event.instance.empty() ? event.role : event.instance;
  // One line per event: what follows the first line of a reason is in the log.
  const auto text = event.text.substr(0, event.text.find('\n'));
  return painted(utc_words(event.unix_milliseconds), look::dim, on) + "  " + kind + "  " +
         (subject.empty() ? "" : painted(subject, look::bold, on) + "  ") + tame(text, on) + "\n";
}

}  // namespace rolecall::rolectl
