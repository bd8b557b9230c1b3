#include "orchestrator/observation/engine_metrics.hpp"

#include "launcher/words.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

namespace rolecall::observation {

namespace {

using metrics::engine_sample;

template <typename Number>
struct known_metric {
  std::string_view name;
  Number engine_sample::*member;
};

constexpr std::string_view prefix = "llamacpp:";

constexpr std::array totals{
    known_metric<std::uint64_t>{"prompt_tokens_total", &engine_sample::prompt_tokens},
    known_metric<std::uint64_t>{"prompt_tokens_cached_total", &engine_sample::cached_tokens},
    known_metric<std::uint64_t>{"tokens_predicted_total", &engine_sample::predicted_tokens},
    known_metric<std::uint64_t>{"n_decode_total", &engine_sample::decodes},
    known_metric<std::uint64_t>{"spec_decode_num_draft_tokens_total", &engine_sample::draft_tokens},
    known_metric<std::uint64_t>{"spec_decode_num_accepted_tokens_total",
                                &engine_sample::accepted_tokens},
};
constexpr std::array times{
    known_metric<double>{"prompt_seconds_total", &engine_sample::prompt_seconds},
    known_metric<double>{"tokens_predicted_seconds_total", &engine_sample::predicted_seconds},
};
constexpr std::array gauges{
    known_metric<unsigned>{"requests_processing", &engine_sample::processing},
    known_metric<unsigned>{"requests_deferred", &engine_sample::deferred},
};

struct text_line {
  std::string_view name;
  bool labelled = false;
  std::string_view value;
};

bool is_name(char c, bool first) noexcept {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
  return letter || (!first && c >= '0' && c <= '9');
}

/// Takes `{name="value",…}` off the front, a brace inside a value included; false when it has no
/// end.
bool take_labels(std::string_view& text) noexcept {
  bool quoted = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quoted && text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      quoted = !quoted;
    else if (!quoted && text[i] == '}') {
      text.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

bool is_number(std::string_view text) noexcept {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto* const end = text.data() + text.size();
  return !text.empty() && std::from_chars(text.data(), end, number).ptr == end;
}

/// `name{labels} value timestamp`, labels and timestamp optional.
std::optional<text_line> parse_line(std::string_view text) noexcept {
  text_line line;
  std::size_t length = 0;
  while (length < text.size() && is_name(text[length], length == 0)) ++length;
  if (length == 0) return std::nullopt;
  line.name = text.substr(0, length);
  text.remove_prefix(length);
  line.labelled = text.starts_with('{');
  if (line.labelled && !take_labels(text)) return std::nullopt;
  if (!text.starts_with(' ') && !text.starts_with('\t') && !line.labelled) return std::nullopt;
  line.value = launcher::take_word(text);
  const auto timestamp = launcher::take_word(text);
  if (!is_number(line.value) || (!timestamp.empty() && !is_number(timestamp)) ||
      !launcher::take_word(text).empty())
    return std::nullopt;
  return line;
}

std::optional<double> parse_amount(std::string_view text) noexcept {
  double number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(number) || std::signbit(number)) return std::nullopt;
  return number;
}

template <typename Number>
std::optional<Number> parse_count(std::string_view text) noexcept {
  // Exact as far as the type goes; a double is above 2^53 only near it.
  Number number = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed == std::errc{} && end == text.data() + text.size()) return number;
  const auto amount = parse_amount(text);
  // The limit itself may be rounded up to what the type does not hold.
  if (!amount || *amount >= static_cast<double>(std::numeric_limits<Number>::max()))
    return std::nullopt;
  return static_cast<Number>(*amount);
}

enum class outcome { unknown, taken, no_count };

template <typename Known, typename Parse>
outcome take(const Known& known, const text_line& line, engine_sample& sample, Parse parse) {
  for (const auto& [name, member] : known) {
    if (line.name.substr(prefix.size()) != name) continue;
    const auto number = parse(line.value);
    if (!number) return outcome::no_count;
    sample.*member = *number;
    return outcome::taken;
  }
  return outcome::unknown;
}

outcome take(const text_line& line, engine_sample& sample) {
  // With labels it would be a part of what is wanted.
  if (line.labelled || !line.name.starts_with(prefix)) return outcome::unknown;
  auto found = take(totals, line, sample, parse_count<std::uint64_t>);
  if (found == outcome::unknown) found = take(times, line, sample, parse_amount);
  if (found == outcome::unknown) found = take(gauges, line, sample, parse_count<unsigned>);
  return found;
}

}  // namespace

engine_answer parse_engine_metrics(std::string_view text) {
  engine_sample sample;
  bool told = false;
  for (int number = 1; !text.empty(); ++number) {
    const auto line = launcher::take_line(text);
    if (line.empty() || line.starts_with('#')) continue;
    const auto parsed = parse_line(line);
    if (!parsed)
      return "line " + std::to_string(number) + " of its metrics is not of the text form";
    const auto found = take(*parsed, sample);
    if (found == outcome::no_count)
      return "its " + std::string{parsed->name} + " is no number that counts";
    told = told || found == outcome::taken;
  }
  if (!told) return std::string{"it tells no metric of llama-server's"};
  return sample;
}

}  // namespace rolecall::observation
