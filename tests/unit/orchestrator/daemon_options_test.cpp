#include "orchestrator/daemon_options.hpp"

#include "orchestrator/log/log_level.hpp"

#include <cstdlib>
#include <sstream>

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

using namespace rolecall;

namespace {

daemon_options parsed(std::vector<std::string> words) {
  CLI::App app;
  daemon_options chosen;
  define(app, chosen);
  std::reverse(words.begin(), words.end());  // as CLI11 takes a vector
  app.parse(std::move(words));
  return chosen;
}

}  // namespace

TEST_CASE(
    "options: what is not said is the usual, and the command line wins over the environment") {
  const auto usual = parsed({});
  CHECK(usual.registry.empty());
  CHECK(usual.log_format == "text");
  CHECK(usual.log_level.empty());
  CHECK_FALSE(usual.check);

  ::setenv("ROLECALL_LOG_FORMAT", "json", 1);
  ::setenv("ROLECALL_LOG_LEVEL", "proxy=debug", 1);
  ::setenv("ROLECALL_CGROUP", "/sys/fs/cgroup/x", 1);
  const auto told = parsed({"--log-level", "error,memory=debug"});
  ::unsetenv("ROLECALL_LOG_FORMAT");
  ::unsetenv("ROLECALL_LOG_LEVEL");
  ::unsetenv("ROLECALL_CGROUP");
  CHECK(told.log_format == "json");
  CHECK(told.log_level == "error,memory=debug");
  CHECK(told.cgroup == "/sys/fs/cgroup/x");
}

TEST_CASE("options: what cannot be meant is refused") {
  CHECK_THROWS_AS(parsed({"--offline"}), CLI::ParseError);
  CHECK_THROWS_AS(parsed({"--log-format", "yaml"}), CLI::ParseError);
  CHECK_THROWS_WITH_AS(parsed({"--log-level", "proxy=loud"}),
                       "--log-level: unknown level 'loud'; there are error, warning, notice, info, "
                       "debug",
                       CLI::ParseError);
  CHECK_THROWS_AS(parsed({"--no-such-option"}), CLI::ParseError);
}

TEST_CASE("options: the help names every level") {
  CLI::App app;
  daemon_options chosen;
  define(app, chosen);
  const auto help = app.help();
  for (const auto level : all_priorities) CHECK(help.find(to_string(level)) != std::string::npos);
}
