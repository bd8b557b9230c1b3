#include "orchestrator/log/log_line.hpp"

#include <doctest/doctest.h>

using namespace rolecall;

namespace {

/// Levels and form as they are by default again, whatever a test did to them.
struct usual_log {
  usual_log() = default;
  ~usual_log() {
    set_log_level({.of = std::nullopt, .level = priority::info});
    log_line::use(form_for_stderr(log_format::text));
  }
  usual_log(const usual_log&) = delete;
  usual_log& operator=(const usual_log&) = delete;
};

}  // namespace

TEST_CASE("log: a line is an event with key=value pairs, empty values left out") {
  log_line line(priority::info, "transition");
  line.with("role", "frontdoor").with("pid", 12).with("seconds", 0.25).with("reason", "");
  CHECK(line.text().ends_with("transition role=frontdoor pid=12 seconds=0.250000"));
}

TEST_CASE("log: a value cannot forge a second line, a second key or a terminal's colours") {
  log_line line(priority::warning, "refuse");
  line.with("reason", "a\nb=\"c\" \x1b[31m");
  CHECK(line.text().ends_with(R"(refuse reason="a\nb=\"c\" ?[31m")"));
  log_line coloured(priority::warning, "refuse");
  coloured.with("reason", "\x1b[31m");
  CHECK(coloured.text().ends_with(R"(refuse reason="?[31m")"));
}

TEST_CASE("log: a line below its component's level is not composed, and others are") {
  const usual_log afterwards;
  const auto text_of = [](priority level, component from) {
    log_line line(level, "transition", from);
    line.with("role", "frontdoor").with("pid", 1).with("seconds", 1.0);
    return line.text();
  };
  CHECK(text_of(priority::debug, component::proxy).empty());
  CHECK_FALSE(text_of(priority::info, component::proxy).empty());

  set_log_level({.of = component::proxy, .level = priority::debug});
  CHECK(text_of(priority::debug, component::proxy).ends_with("pid=1 seconds=1.000000"));
  CHECK(text_of(priority::debug, component::admin).empty());

  set_log_level({.of = std::nullopt, .level = priority::error});
  CHECK(text_of(priority::warning, component::proxy).empty());
  CHECK_FALSE(text_of(priority::error, component::proxy).empty());
}

TEST_CASE("log: lines take the form that is in use, prefix included") {
  const usual_log afterwards;
  log_line::use({.format = log_format::text, .prefixed = true});
  {
    log_line line(priority::warning, "evict");
    CHECK(line.with("role", "coder").text() == "<4>evict role=coder");
  }
  log_line::use({.format = log_format::text, .prefixed = false});
  {
    log_line line(priority::warning, "evict");
    CHECK(line.with("role", "coder").text() == "evict role=coder");
  }
  log_line::use({.format = log_format::json, .prefixed = true});
  {
    log_line line(priority::warning, "evict", component::residency);
    line.with("role", "coder");
    CHECK(line.text().starts_with(R"(<4>{"time":"2)"));
    CHECK(line.text().ends_with(
        R"(Z","level":"warning","component":"residency","event":"evict","role":"coder")"));
  }
}
