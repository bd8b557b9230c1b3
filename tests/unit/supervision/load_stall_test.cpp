#include "orchestrator/supervision/load_stall.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

using namespace rolecall::supervision;
using namespace std::chrono_literals;

namespace {

const time_point start{};
const load_progress at_start{
    .log_bytes = 100, .process = {.cpu_ticks = 10, .major_faults = 5, .resident_pages = 1000}};

load_progress with(void (*change)(load_progress&)) {
  auto changed = at_start;
  change(changed);
  return changed;
}

/// A watch that saw `at_start` at the beginning.
stall_watch watch_of(std::chrono::seconds limit) {
  stall_watch watch(limit, start);
  (void)watch.is_stalled(at_start, start);
  return watch;
}

}  // namespace

TEST_CASE("load: standing still for the limit is a stall") {
  auto watch = watch_of(60s);
  CHECK_FALSE(watch.is_stalled(at_start, start + 59s));
  CHECK(watch.is_stalled(at_start, start + 60s));
}

TEST_CASE("load: a log line, a page from the disk, or memory that grows is progress") {
  for (const auto& later :
       {with([](auto& p) { p.log_bytes += 1; }), with([](auto& p) { p.process.major_faults += 1; }),
        with([](auto& p) { p.process.read_bytes += 4096; }),
        with([](auto& p) { p.process.resident_pages += 4096; })}) {
    auto watch = watch_of(60s);
    CHECK_FALSE(watch.is_stalled(later, start + 59s));
    CHECK_FALSE(watch.is_stalled(later, start + 118s));
    CHECK(watch.is_stalled(later, start + 119s));
  }
}

TEST_CASE("load: neither lines nor computing are reading") {
  stall_watch reading(60s, start);
  (void)reading.is_stalled(reading_of(at_start.process), start);
  auto later = at_start.process;
  later.cpu_ticks += 1'000'000;
  CHECK(reading.is_stalled(reading_of(later), start + 60s));
  later.read_bytes += 4096;
  CHECK_FALSE(reading.is_stalled(reading_of(later), start + 61s));
}

TEST_CASE("load: a log that was cut is progress") {
  CHECK(has_advanced(at_start, with([](auto& p) { p.log_bytes = 0; }), 1s));
}

TEST_CASE("load: a few pages of memory are no progress") {
  CHECK_FALSE(has_advanced(at_start, with([](auto& p) { p.process.resident_pages += 3; }), 60s));
}

TEST_CASE("load: computing is progress, answering our own probes is not") {
  const auto ticks_per_minute = static_cast<std::uint64_t>(60 * ::sysconf(_SC_CLK_TCK));
  auto busy = at_start;
  busy.process.cpu_ticks += ticks_per_minute / 10;
  auto probed = at_start;
  probed.process.cpu_ticks += ticks_per_minute / 200;
  CHECK(has_advanced(at_start, busy, 60s));
  CHECK_FALSE(has_advanced(at_start, probed, 60s));
}

TEST_CASE("load: a single clock tick is not taken for computing") {
  CHECK_FALSE(has_advanced(at_start, with([](auto& p) { p.process.cpu_ticks += 1; }), 1ms));
}

TEST_CASE("load: forty minutes of reading are fine, ten silent ones are not") {
  stall_watch watch(10min, start);
  auto progress = at_start;
  auto now = start;
  for (int minute = 0; minute < 40; ++minute, now += 1min) {
    progress.process.resident_pages += 3'000'000;
    CHECK_FALSE(watch.is_stalled(progress, now));
  }
  const auto last = now - 1min;
  for (; now < last + 10min; now += 30s) CHECK_FALSE(watch.is_stalled(progress, now));
  CHECK(watch.is_stalled(progress, last + 10min));
}

TEST_CASE("load: a process that waits for a slow disk is no stuck one as long as bytes come") {
  stall_watch watch(60s, start);
  auto progress = at_start;
  progress.process.state = 'D';
  for (auto t = 0s; t < 1h; t += 50s) {
    progress.process.read_bytes += 512;
    CHECK_FALSE(watch.is_stalled(progress, start + t));
  }
}
