#include "orchestrator/metrics/definition.hpp"

#include "orchestrator/metrics/role_metrics.hpp"

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <doctest/doctest.h>

namespace {

using namespace rolecall::metrics;

std::string documentation() {
  const std::ifstream file{ROLECALL_SOURCE_DIR "/docs/metrics.md"};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The tables of a Markdown text.
std::vector<std::string> tables(const std::string& text) {
  std::istringstream lines{text};
  std::vector<std::string> result;
  bool within = false;
  for (std::string line; std::getline(lines, line);) {
    const bool is_row = line.starts_with('|');
    if (is_row && !within) result.emplace_back();
    if (is_row) result.back() += line + '\n';
    within = is_row;
  }
  return result;
}

}  // namespace

TEST_CASE("metrics: docs/metrics.md lists exactly the catalogue's metrics and their buckets") {
  const auto documented = tables(documentation());
  REQUIRE(documented.size() >= 2);
  CHECK(documented[0] == definitions_as_markdown());
  CHECK(documented[1] == limits_as_markdown());
}

TEST_CASE("metrics: docs/metrics.md tells the values of every label and no others") {
  const auto text = documentation();
  std::set<std::string> used;
  for (const auto& d : definitions())
    for (const auto label : d.labels)
      if (!label.empty()) used.emplace(label);
  std::set<std::string> told;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with("- `")) told.insert(line.substr(3, line.find('`', 3) - 3));
  CHECK(told == used);
  for (const auto route : route_words) {
    CAPTURE(route);
    CHECK(text.find("`" + std::string{route} + "`") != std::string::npos);
  }
}

TEST_CASE("metrics: docs/metrics.md asks for metrics of the catalogue only") {
  std::set<std::string> known;
  for (const auto& d : definitions()) {
    known.emplace(d.name);
    if (d.type == metric_type::histogram)
      for (const auto* suffix : {"_bucket", "_sum", "_count"})
        known.insert(std::string{d.name} + suffix);
  }
  const auto text = documentation();
  const std::string letters = "abcdefghijklmnopqrstuvwxyz_";
  std::size_t asked = 0;
  for (auto at = text.find("rolecall_"); at != std::string::npos; at = text.find("rolecall_", at)) {
    const auto end = text.find_first_not_of(letters, at);
    const auto name = text.substr(at, end - at);
    CAPTURE(name);
    if (!name.ends_with('_')) CHECK(known.contains(name));  // a prefix names several
    ++asked;
    at = end;
  }
  CHECK(asked > definitions().size());
}

TEST_CASE(
    "metrics: names start with rolecall_, end with their unit, and only counters end with _total") {
  std::set<std::string_view> names;
  for (const auto& d : definitions()) {
    CAPTURE(d.name);
    CHECK(names.insert(d.name).second);
    CHECK(d.name.starts_with("rolecall_"));
    CHECK(d.name.ends_with("_total") == (d.type == metric_type::counter));
    CHECK(d.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string_view::npos);
    if (d.type == metric_type::histogram) CHECK(d.name.ends_with("_seconds"));
    CHECK(d.help.ends_with('.'));
  }
}

TEST_CASE("metrics: histograms have buckets with rising limits, and others have none") {
  for (const auto& d : definitions()) {
    CAPTURE(d.name);
    CHECK(d.limits.empty() == (d.type != metric_type::histogram));
    CHECK(std::ranges::is_sorted(d.limits, std::ranges::less_equal{}));
  }
}
