// The sources against docs/logs.md: whoever logs something new says what it means.

#include "orchestrator/log/log_level.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

#include <doctest/doctest.h>

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Calls `found` with each match of `pattern`.
template <typename Found>
void each_match(const std::string& text, const std::string& pattern, Found found) {
  const std::regex expression(pattern);
  for (std::sregex_iterator it(text.begin(), text.end(), expression), end; it != end; ++it)
    found(*it);
}

/// Calls `found` with the text of every source of the daemon but the log's own.
template <typename Found>
void each_source(Found found) {
  const fs::path root = ROLECALL_SOURCE_DIR "/orchestrator";
  for (const auto& entry : fs::recursive_directory_iterator(root))
    if (entry.path().extension() == ".cpp" && entry.path().parent_path() != root / "log")
      found(text_of(entry.path()));
}

using events = std::set<std::pair<std::string, std::string>>;  // with their components

events logged_events() {
  events found;
  each_source([&](const std::string& source) {
    each_match(source,
               R"re(log_line\([^;"]*"([a-z_]+)"(?:,\s*(?:rolecall::)?component::(\w+))?\))re",
               [&](const std::smatch& match) {
                 found.emplace(match[1], match[2].matched ? match[2].str() : "service");
               });
  });
  return found;
}

events described_events() {
  events found;
  each_match(text_of(ROLECALL_SOURCE_DIR "/docs/logs.md"), R"re(\| `([a-z_]+)` \| ([a-z]+) \| )re",
             [&](const std::smatch& match) { found.emplace(match[1], match[2]); });
  return found;
}

}  // namespace

TEST_CASE("logs: docs/logs.md has every event that is logged, with its component, and no other") {
  const auto logged = logged_events();
  const auto described = described_events();
  REQUIRE(logged.size() > 20);
  for (const auto& [event, of] : logged)
    CHECK_MESSAGE(described.contains({event, of}), event, " of ", of, " is not in docs/logs.md");
  for (const auto& [event, of] : described)
    CHECK_MESSAGE(logged.contains({event, of}), event, " of ", of, " is logged nowhere");
}

TEST_CASE("logs: every call names its event, so that none is missed here") {
  std::size_t calls = 0;
  std::size_t named = 0;
  each_source([&](const std::string& source) {
    each_match(source, R"re(\blog_line\()re", [&](const std::smatch&) { ++calls; });
    each_match(source, R"re(\blog_line\([^;"]*"[a-z_]+")re", [&](const std::smatch&) { ++named; });
  });
  CHECK(calls == named);
}

TEST_CASE("logs: no value takes the place of what every line has") {
  each_source([](const std::string& source) {
    each_match(source, R"re(\.with\("(time|level|component|event)")re",
               [](const std::smatch& match) { FAIL_CHECK(match[0].str()); });
  });
}

TEST_CASE("logs: docs/logs.md tells every component and level") {
  const auto page = text_of(ROLECALL_SOURCE_DIR "/docs/logs.md");
  for (const auto of : rolecall::all_components)
    CHECK(page.find("\n| `" + std::string{to_string(of)} + "` |") != std::string::npos);
  for (const auto level : rolecall::all_priorities)
    CHECK(page.find("\n| `" + std::string{to_string(level)} + "` |") != std::string::npos);
}
