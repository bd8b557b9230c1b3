#include "orchestrator/log/log_level.hpp"

#include <set>
#include <string>

#include <doctest/doctest.h>

using namespace rolecall;

TEST_CASE("log level: every component and level has a name of its own that finds it") {
  std::set<std::string_view> names;
  for (const auto of : all_components) {
    CHECK(find_component(to_string(of)) == of);
    names.insert(to_string(of));
  }
  CHECK(names.size() == all_components.size());
  CHECK_FALSE(names.contains(""));
  for (const auto level : all_priorities) CHECK(find_priority(to_string(level)) == level);
  CHECK_FALSE(find_component("proxies"));
  CHECK_FALSE(find_component(""));
  CHECK_FALSE(find_priority("warn"));
}

TEST_CASE("log level: a setting is a level for all, or component=level, several by commas") {
  using settings = std::vector<log_level_setting>;
  const auto read = [](std::string_view text) {
    const auto parsed = parse_log_levels(text);
    REQUIRE(parsed.has_value());
    return *parsed;
  };
  CHECK(read("debug") == settings{{std::nullopt, priority::debug}});
  CHECK(read("proxy=debug,memory=error") ==
        settings{{component::proxy, priority::debug}, {component::memory, priority::error}});
  CHECK(read("warning,proxy=info") ==
        settings{{std::nullopt, priority::warning}, {component::proxy, priority::info}});
}

TEST_CASE("log level: a wrong setting is refused with what there is") {
  const auto refusal = [](std::string_view text) {
    const auto parsed = parse_log_levels(text);
    REQUIRE_FALSE(parsed.has_value());
    return parsed.error();
  };
  CHECK(refusal("verbose") ==
        "unknown level 'verbose'; there are error, warning, notice, info, debug");
  CHECK(refusal("relay=debug") ==
        "unknown component 'relay'; there are service, registry, residency, supervision, memory, "
        "observation, proxy, admin");
  CHECK(refusal("proxy=") == "unknown level ''; there are error, warning, notice, info, debug");
  CHECK(refusal("proxy=debug,").starts_with("unknown level ''"));
  CHECK(refusal("").starts_with("unknown level ''"));
  CHECK(refusal("=debug").starts_with("unknown component ''"));
}

TEST_CASE("log level: a component's level decides which of its lines are logged") {
  CHECK(is_logged(priority::info, component::proxy));
  CHECK_FALSE(is_logged(priority::debug, component::proxy));
  set_log_level({.of = component::proxy, .level = priority::debug});
  CHECK(log_level(component::proxy) == priority::debug);
  CHECK(is_logged(priority::debug, component::proxy));
  CHECK_FALSE(is_logged(priority::debug, component::memory));
  set_log_level({.of = std::nullopt, .level = priority::error});
  CHECK_FALSE(is_logged(priority::warning, component::proxy));
  CHECK(is_logged(priority::error, component::memory));
  set_log_level({.of = std::nullopt, .level = priority::info});
}
