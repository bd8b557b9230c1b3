#include "orchestrator/log_line.hpp"

#include <doctest/doctest.h>

using rolecall::log_line;
using rolecall::priority;

TEST_CASE("log: a line is an event with key=value pairs, empty values left out") {
  log_line line(priority::info, "transition");
  line.with("role", "frontdoor").with("pid", 12).with("reason", "");
  CHECK(line.text().ends_with("transition role=frontdoor pid=12"));
}

TEST_CASE("log: a value cannot forge a second line, a second key or a terminal's colours") {
  log_line line(priority::warning, "refuse");
  line.with("reason", "a\nb=\"c\" \x1b[31m");
  CHECK(line.text().ends_with(R"(refuse reason="a\nb=\"c\" ?[31m")"));
}
