#include "orchestrator/metrics/reason_label.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace rolecall::metrics {
namespace {

constexpr std::array<std::string_view, 10> known_words{
    "reload",  "evicted",      "idle",    "operator", "shutdown",
    "stalled", "unresponsive", "crashed", "failed",   "pressure"};

struct beginning {
  std::string_view text;
  std::string_view label;
};
// Of reasons whose exit code or signal says less than they do.
constexpr std::array<beginning, 10> known_beginnings{{
    {"out of memory:", "out_of_memory"},
    {"could not allocate:", "could_not_allocate"},
    {"assertion:", "assertion"},
    {"bad flag:", "bad_flag"},
    {"port ", "port_in_use"},
    {"model file:", "model_file"},
    {"wedged:", "wedged"},
    {"cannot start ", "cannot_start"},
    {"cannot make ", "cannot_start"},
    {"cannot set ", "cannot_start"},
}};

std::optional<unsigned> number_after(std::string_view text, std::string_view words) {
  const auto at = text.find(words);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + words.size());
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

}  // namespace

std::string reason_label(std::string_view reason) {
  constexpr unsigned highest_signal = 64;
  constexpr unsigned highest_exit_code = 255;
  // Only the first line: a failed instance carries its last log lines behind it.
  reason = reason.substr(0, reason.find('\n'));
  auto told = reason;
  if (constexpr std::string_view crashed = "crashed: "; told.starts_with(crashed))
    told.remove_prefix(crashed.size());
  for (const auto& known : known_beginnings)
    if (told.starts_with(known.text)) return std::string{known.label};
  if (const auto signal = number_after(reason, "signal "); signal && *signal <= highest_signal)
    return "signal_" + std::to_string(*signal);
  if (const auto code = number_after(reason, "exit code "); code && *code <= highest_exit_code)
    return "exit_" + std::to_string(*code);
  const auto word = reason.substr(0, reason.find_first_not_of("abcdefghijklmnopqrstuvwxyz"));
  if (std::ranges::find(known_words, word) != known_words.end()) return std::string{word};
  return "other";
}

}  // namespace rolecall::metrics
