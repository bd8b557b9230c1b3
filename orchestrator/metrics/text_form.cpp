#include "orchestrator/metrics/text_form.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace rolecall::metrics {
namespace {

template <typename Number>
void append_digits(std::string& text, Number number) {
  std::array<char, 32> digits;  // the longest double has 24
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  text.append(digits.data(), end);
}

void append_value(std::string& text, double value) {
  constexpr double whole = 1LL << std::numeric_limits<double>::digits;
  if (std::isnan(value))
    text += "NaN";
  else if (std::isinf(value))
    text += value > 0 ? "+Inf" : "-Inf";
  else if (std::abs(value) < whole && std::trunc(value) == value)
    append_digits(text, static_cast<long long>(value));  // 4000000, not 4e+06
  else
    append_digits(text, value);
}

enum class quotes { escaped, as_they_are };

void append_escaped(std::string& text, std::string_view value, quotes how) {
  for (const char c : value) {
    if (c == '\n') {
      text += "\\n";
      continue;
    }
    if (c == '\\' || (c == '"' && how == quotes::escaped)) text += '\\';
    text += c;
  }
}

}  // namespace

std::string labels_text(const definition& d, std::span<const std::string_view> values) {
  std::array<std::pair<std::string_view, std::string_view>, definition::most_labels> pairs;
  for (std::size_t i = 0; i < values.size(); ++i) pairs[i] = {d.labels[i], values[i]};
  const std::span used{pairs.data(), values.size()};
  std::ranges::sort(used);
  std::string text;
  for (const auto& [name, value] : used) {
    if (!text.empty()) text += ',';
    text.append(name).append("=\"");
    append_escaped(text, value, quotes::escaped);
    text += '"';
  }
  return text;
}

void append_heading(std::string& text, const definition& d) {
  text.append("# HELP ").append(d.name) += ' ';
  append_escaped(text, d.help, quotes::as_they_are);
  text.append("\n# TYPE ").append(d.name) += ' ';
  text.append(to_string(d.type)) += '\n';
}

void append_sample(std::string& text, std::string_view name, std::string_view labels,
                   double value) {
  text += name;
  if (!labels.empty()) text.append("{").append(labels) += '}';
  text += ' ';
  append_value(text, value);
  text += '\n';
}

void append_histogram(std::string& text, std::string_view name, std::string_view labels,
                      const prometheus::ClientMetric::Histogram& histogram) {
  const auto append = [&](std::string_view suffix, double value) {
    text.append(name).append(suffix);
    append_sample(text, "", labels, value);
  };
  append("_count", static_cast<double>(histogram.sample_count));
  append("_sum", histogram.sample_sum);
  for (const auto& bucket : histogram.bucket) {
    text.append(name).append("_bucket{").append(labels);
    if (!labels.empty()) text += ',';
    text += "le=\"";
    append_value(text, bucket.upper_bound);
    text += "\"} ";
    append_digits(text, bucket.cumulative_count);
    text += '\n';
  }
}

}  // namespace rolecall::metrics
