#include "orchestrator/supervision/liveness.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

using namespace rolecall::supervision;
using namespace std::chrono_literals;

namespace {

const time_point start = time_point{} + 1h;

std::uint64_t ticks(double seconds) {
  return static_cast<std::uint64_t>(seconds * static_cast<double>(::sysconf(_SC_CLK_TCK)));
}

vital_signs silent() { return {.unanswered = "/health"}; }

/// The first moment at which it is found wedged, looking every 10 s; empty: not within an hour.
template <class Signs>
std::optional<std::chrono::seconds> found_after(Signs signs) {
  liveness watch(start);
  for (auto t = 10s; t <= 1h; t += 10s)
    if (watch.look(signs(t), 60s, start + t)) return t;
  return std::nullopt;
}

}  // namespace

TEST_CASE("liveness: a process that neither answers nor works is wedged after the limit") {
  CHECK(found_after([](auto) { return silent(); }) == 60s);
}

TEST_CASE("liveness: the evidence says what was looked for in vain, and for how long") {
  liveness watch(start);
  auto signs = silent();
  signs.last_byte = start + 9s;
  signs.process.state = 'T';
  CHECK_FALSE(watch.look({.last_byte = start + 9s}, 30s, start + 20s));
  for (auto t = 30s; t < 50s; t += 10s) CHECK_FALSE(watch.look(signs, 30s, start + t));
  CHECK(watch.look(signs, 30s, start + 50s) ==
        "no answer to /health for 30s, 0.0 s of CPU time, no bytes for 41s (stopped by a signal)");
}

TEST_CASE("liveness: a process that answers is alive, idle as it may be") {
  CHECK_FALSE(found_after([](auto) { return vital_signs{}; }));
}

TEST_CASE("liveness: a process that computes is busy, not wedged") {
  CHECK_FALSE(found_after([](std::chrono::seconds t) {
    auto signs = silent();
    signs.process.cpu_ticks = ticks(static_cast<double>(t.count()));
    return signs;
  }));
}

TEST_CASE("liveness: a process that sends is busy, not wedged") {
  CHECK_FALSE(found_after([](std::chrono::seconds t) {
    auto signs = silent();
    signs.last_byte = start + t - 1s;
    return signs;
  }));
}

TEST_CASE("liveness: a process that reads a slow disk is busy, not wedged") {
  CHECK_FALSE(found_after([](std::chrono::seconds t) {
    auto signs = silent();
    signs.process.major_faults = static_cast<std::uint64_t>(t.count());
    return signs;
  }));
  CHECK_FALSE(found_after([](std::chrono::seconds t) {
    auto signs = silent();
    signs.process.read_bytes = static_cast<std::uint64_t>(t.count()) * 4096;
    return signs;
  }));
}

TEST_CASE("liveness: what it computed while it loaded is no sign of life") {
  auto signs = silent();
  signs.process.cpu_ticks = ticks(300);
  liveness watch(start, signs.process);
  for (auto t = 10s; t < 60s; t += 10s) CHECK_FALSE(watch.look(signs, 60s, start + t));
  CHECK(watch.look(signs, 60s, start + 60s) ==
        "no answer to /health for 1m, 0.0 s of CPU time, no bytes for 1m");
}

TEST_CASE("liveness: waking up now and then is no work") {
  CHECK(found_after([](std::chrono::seconds t) {
    auto signs = silent();
    signs.process.cpu_ticks = ticks(static_cast<double>(t.count()) * 0.005);
    return signs;
  }));
}

TEST_CASE("liveness: the limit counts from the last answer and from the last work") {
  CHECK(found_after([](std::chrono::seconds t) { return t <= 120s ? vital_signs{} : silent(); }) ==
        180s);
  CHECK(found_after([](std::chrono::seconds t) {
          auto signs = silent();
          signs.process.cpu_ticks = ticks(static_cast<double>(std::min(t, 100s).count()));
          return signs;
        }) == 160s);
}

TEST_CASE("liveness: one late answer takes the suspicion away") {
  liveness watch(start);
  for (auto t = 10s; t < 60s; t += 10s) CHECK_FALSE(watch.look(silent(), 60s, start + t));
  CHECK_FALSE(watch.look({}, 60s, start + 60s));
  for (auto t = 70s; t < 120s; t += 10s) CHECK_FALSE(watch.look(silent(), 60s, start + t));
  CHECK(watch.look(silent(), 60s, start + 120s));
}

TEST_CASE("liveness: time alone proves nothing, looks must have failed") {
  liveness watch(start);
  CHECK_FALSE(watch.look(silent(), 60s, start + 10min));  // the daemon itself stood still
  CHECK_FALSE(watch.look(silent(), 60s, start + 10min + 1s));
  CHECK(watch.look(silent(), 60s, start + 10min + 2s));
}

TEST_CASE("liveness: a week without work does not raise what counts as work") {
  constexpr std::chrono::seconds week = 7 * 24h;
  const auto idle = ticks(0.001 * static_cast<double>(week.count()));
  liveness busy(start);
  liveness stuck(start);
  for (auto t = 10s; t <= week; t += 10s) {
    vital_signs signs;
    signs.process.cpu_ticks = ticks(0.001 * static_cast<double>(t.count()));
    REQUIRE_FALSE(busy.look(signs, 60s, start + t));
    REQUIRE_FALSE(stuck.look(signs, 60s, start + t));
  }
  for (auto t = 10s; t <= 10min; t += 10s) {  // a long prompt on 96 cores
    auto signs = silent();
    signs.process.cpu_ticks = idle + ticks(96.0 * static_cast<double>(t.count()));
    CHECK_FALSE(busy.look(signs, 60s, start + week + t));
  }
  auto signs = silent();
  signs.process.cpu_ticks = idle;
  for (auto t = 10s; t < 60s; t += 10s) CHECK_FALSE(stuck.look(signs, 60s, start + week + t));
  CHECK(stuck.look(signs, 60s, start + week + 60s));
}

TEST_CASE("liveness: looks are far apart for long limits and close for short ones") {
  CHECK(look_gap(1s) == 166ms);
  CHECK(look_gap(60s) == 10s);
  CHECK(look_gap(3600s) == 10s);
}
