#include "orchestrator/metrics/definition.hpp"

#include <fstream>
#include <set>
#include <sstream>

#include <doctest/doctest.h>

namespace {

using namespace rolecall::metrics;

std::string documentation() {
  const std::ifstream file{ROLECALL_SOURCE_DIR "/docs/metrics.md"};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The first table of a Markdown text.
std::string first_table(const std::string& text) {
  std::istringstream lines{text};
  std::string table;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('|'))
      table += line + '\n';
    else if (!table.empty())
      break;
  }
  return table;
}

}  // namespace

TEST_CASE("metrics: docs/metrics.md lists exactly the catalogue's metrics") {
  CHECK(first_table(documentation()) == definitions_as_markdown());
}

TEST_CASE(
    "metrics: names start with rolecall_, end with their unit, and only counters end with _total") {
  std::set<std::string_view> names;
  for (const auto& d : definitions()) {
    CAPTURE(d.name);
    CHECK(names.insert(d.name).second);
    CHECK(d.name.starts_with("rolecall_"));
    CHECK(d.name.ends_with("_total") == (d.type == metric_type::counter));
    if (d.type == metric_type::histogram) CHECK(d.name.ends_with("_seconds"));
    CHECK(d.help.ends_with('.'));
  }
}
