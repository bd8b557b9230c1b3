#include "tools/rolectl/event_view.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::rolectl;

rolecall::admin::fleet_event event(const char* kind, const char* text) {
  return {1, 1'700'000'000'123, kind, "coder", "coder-1", text};
}

}  // namespace

TEST_CASE("rolectl events: colour tells what an event is to the operator") {
  CHECK(look_of(event("state", "starting → ready")) == look::good);
  CHECK(look_of(event("state", "ready → backoff: crashed: signal 9")) == look::bad);
  CHECK(look_of(event("state", "starting → failed: no such file")) == look::bad);
  CHECK(look_of(event("state", "failed: no such file")) == look::bad);
  CHECK(look_of(event("state", "stopped → starting")) == look::plain);
  CHECK(look_of(event("evict", "evicted to make room for architect")) == look::busy);
  CHECK(look_of(event("memory", "3 GiB are missing")) == look::busy);
  CHECK(look_of(event("refuse", "the queue is full")) == look::bad);
  CHECK(look_of(event("stranger", "pid 7 listens on port 8080")) == look::bad);
  CHECK(look_of(event("reload", "generation 2")) == look::plain);
}

TEST_CASE("rolectl events: one line, in colour on a terminal only") {
  const auto ready = event("state", "starting → ready\nmore in the log");
  CHECK(event_line(ready, {}) == "2023-11-14T22:13:20.123Z  state     coder-1  starting → ready\n");
  const screen on{.is_terminal = true, .colour = true, .draws = true};
  CHECK(event_line(ready, on) ==
        "\033[2m2023-11-14T22:13:20.123Z\033[0m  \033[32mstate   \033[0m  "
        "\033[1mcoder-1\033[0m  \033[32mstarting → ready\033[0m\n");
}

TEST_CASE("rolectl events: a reason from outside cannot drive the terminal") {
  const screen on{.is_terminal = true, .colour = false, .draws = true};
  CHECK(event_line(event("state", "failed: \033[2Jgone"), on).find('\033') == std::string::npos);
}
