#include "orchestrator/supervision/start_mark.hpp"
#include "tests/integration/supervision/supervised.hpp"

#include <fstream>

#include <doctest/doctest.h>

using namespace rolecall::test;
using namespace rolecall::supervision;

TEST_CASE("supervisor: a start leaves a mark in the log, and what the child says follows it") {
  supervised instance({});
  instance.become_ready();
  const auto text = instance.log_text();
  CHECK(text.starts_with("rolecall: start 1 of small, 20"));
  CHECK(text.find("model loaded") != std::string::npos);
}

TEST_CASE("supervisor: a log over its limit is put aside when the next process starts") {
  supervised instance({.log_limit = 1000});
  std::ofstream(instance.log()) << std::string(2000, 'x');
  instance.become_ready();
  CHECK(instance.log_text().starts_with("rolecall: start 1"));
  CHECK(std::filesystem::file_size(instance.log().string() + ".1") == 2000);
}

TEST_CASE("start mark: lines of earlier starts are not among the last ones") {
  const temporary_directory folder;
  const auto log = folder.path() / "small.log";
  const auto say = [&](const char* line) { std::ofstream(log, std::ios::app) << line << '\n'; };
  append_start_mark(log, "small", 1);
  say("one");
  CHECK(lines_since_start(log, 5) == std::vector<std::string>{"one"});
  append_start_mark(log, "small", 2);
  CHECK(lines_since_start(log, 5).empty());
  say("two");
  say("three");
  CHECK(lines_since_start(log, 5) == std::vector<std::string>{"two", "three"});
  CHECK(lines_since_start(log, 1) == std::vector<std::string>{"three"});
}
