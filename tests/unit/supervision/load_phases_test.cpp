#include "orchestrator/supervision/load_phases.hpp"

#include <array>
#include <numeric>
#include <string>

#include <doctest/doctest.h>

#include <unistd.h>

using namespace rolecall::supervision;
using namespace std::chrono_literals;
using rolecall::launcher::process_progress;

namespace {

const time_point start{1h};

/// A load that needed no memory of others' and no turn.
load_phases spawned_at_once() {
  load_phases load(start, start);
  load.spawned(start);
  return load;
}

process_progress having_read(std::uint64_t bytes) { return {.read_bytes = bytes}; }

std::uint64_t page_size() { return static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)); }

}  // namespace

TEST_CASE("load phases: a wait for memory is evicting, a wait for the turn is queued") {
  load_phases load(start, start + 8s);
  load.spawned(start + 11s);
  load.ended(start + 12s);
  CHECK(load.spent_on(load_phase::evicting) == 8s);
  CHECK(load.spent_on(load_phase::queued) == 3s);
  CHECK(load.spent_on(load_phase::engine) == 1s);
  CHECK(load.total() == 12s);
}

TEST_CASE("load phases: a wish from the future waited for nothing") {
  load_phases load(start + 1s, start);
  load.spawned(start + 2s);
  CHECK(load.spent_on(load_phase::evicting) == 0s);
  CHECK(load.spent_on(load_phase::queued) == 2s);
}

TEST_CASE("load phases: time in which bytes come from a disk is page-in, whatever the log says") {
  auto load = spawned_at_once();
  load.looked(having_read(0), load_phase::engine, start + 1s);
  load.looked(having_read(1U << 30), load_phase::engine, start + 4s);
  load.looked(having_read(2U << 30), load_phase::warm_up, start + 6s);
  load.looked(having_read(3U << 30), load_phase::warm_up, start + 9s);
  load.ended(start + 10s);
  CHECK(load.spent_on(load_phase::engine) == 1s);
  CHECK(load.spent_on(load_phase::page_in) == 8s);
  CHECK(load.spent_on(load_phase::warm_up) == 1s);
}

TEST_CASE("load phases: without a disk, the warm-up lasts as long as the log says") {
  auto load = spawned_at_once();
  load.looked({}, load_phase::engine, start + 3s);
  load.looked({}, load_phase::warm_up, start + 4s);
  load.looked({}, load_phase::warm_up, start + 6s);
  load.looked({}, load_phase::engine, start + 9s);
  load.ended(start + 10s);
  CHECK(load.spent_on(load_phase::engine) == 5s);
  CHECK(load.spent_on(load_phase::warm_up) == 5s);
}

TEST_CASE("load phases: a few stray pages are no page-in") {
  auto load = spawned_at_once();
  load.looked(having_read(100'000), load_phase::engine, start + 100ms);
  CHECK(load.spent_on(load_phase::page_in) == 0s);
  load.looked(having_read(100'000 + 110'000), load_phase::engine, start + 200ms);
  CHECK(load.spent_on(load_phase::page_in) == 100ms);
}

TEST_CASE("load phases: pages of a file system that does not count its bytes are page-in") {
  auto load = spawned_at_once();
  load.looked({.major_faults = 4096}, load_phase::engine, start + 2s);
  CHECK(load.spent_on(load_phase::page_in) == 2s);
  CHECK(load.report(start + 2s).read_bytes == 4096 * page_size());
}

TEST_CASE("load phases: waiting for a disk that brings nothing is page-in") {
  auto load = spawned_at_once();
  load.looked({.state = 'D'}, load_phase::engine, start + 30s);
  CHECK(load.spent_on(load_phase::page_in) == 30s);
}

TEST_CASE("load phases: memory that fills from the page cache is the engine's time") {
  auto load = spawned_at_once();
  load.looked({.resident_pages = 1'000'000}, load_phase::engine, start + 5s);
  CHECK(load.spent_on(load_phase::page_in) == 0s);
  CHECK(load.spent_on(load_phase::engine) == 5s);
}

TEST_CASE("load phases: two looks at one moment are two looks") {
  auto load = spawned_at_once();
  load.looked(having_read(0), load_phase::engine, start);
  CHECK(load.report(start).phase == load_phase::engine);
  load.looked(having_read(4096), load_phase::engine, start);
  CHECK(load.report(start).phase == load_phase::page_in);
}

TEST_CASE("load phases: they add up to the whole load") {
  load_phases load(start, start + 7ms);
  load.spawned(start + 19ms);
  auto now = start + 19ms;
  process_progress seen;
  for (int i = 1; i <= 100; ++i) {
    now += std::chrono::milliseconds{i};
    if (i % 3 == 0) seen.read_bytes += 50U << 20;
    load.looked(seen, i > 60 ? load_phase::warm_up : load_phase::engine, now);
  }
  load.ended(now + 5ms);
  load_phases::duration sum{};
  for (const auto phase : every_load_phase) {
    CAPTURE(to_string(phase));
    CHECK(load.spent_on(phase) > 0s);
    sum += load.spent_on(phase);
  }
  CHECK(sum == now + 5ms - start);
  CHECK(load.total() == sum);
}

TEST_CASE("load phases: the present one is told") {
  load_phases load(start, start);
  CHECK(load.report(start).phase == load_phase::queued);
  load.spawned(start + 1s);
  CHECK(load.report(start + 1s).phase == load_phase::engine);
  load.looked(having_read(1U << 30), load_phase::engine, start + 2s);
  CHECK(load.report(start + 2s).phase == load_phase::page_in);
  load.looked(having_read(1U << 30), load_phase::warm_up, start + 3s);
  CHECK(load.report(start + 4s).phase == load_phase::warm_up);
}

TEST_CASE("load phases: a report tells what was read, the most that was resident, and the time") {
  load_phases load(start, start + 10s);
  load.spawned(start + 10s);
  load.looked({.resident_pages = 500, .read_bytes = 1U << 30}, load_phase::engine, start + 11s);
  load.looked({.resident_pages = 300, .read_bytes = 3U << 30}, load_phase::engine, start + 12s);
  const auto report = load.report(start + 12s);
  CHECK(report.elapsed == 12s);
  CHECK(report.read_bytes == 3U << 30);
  CHECK(report.resident_bytes == 500 * page_size());
  CHECK(report.bytes_per_second == doctest::Approx(2.0 * (1U << 30)));
}

TEST_CASE("load phases: a rate is told while bytes come alone") {
  auto load = spawned_at_once();
  load.looked(having_read(1U << 30), load_phase::engine, start + 1s);
  CHECK(load.report(start + 1s).bytes_per_second);
  load.looked(having_read(1U << 30), load_phase::engine, start + 1100ms);
  CHECK_FALSE(load.report(start + 1100ms).bytes_per_second);
}

TEST_CASE("load phases: of an adopted process, what it read before is not read now") {
  auto load = load_phases::of_adopted(start, start + 60s);
  CHECK_FALSE(load.is_whole());
  load.looked(having_read(9ULL << 30), load_phase::engine, start + 61s);
  CHECK(load.report(start + 61s).phase == load_phase::engine);
  CHECK(load.report(start + 61s).elapsed == 61s);
  load.looked(having_read(10ULL << 30), load_phase::engine, start + 62s);
  CHECK(load.report(start + 62s).phase == load_phase::page_in);
  CHECK(load.report(start + 62s).bytes_per_second == doctest::Approx(1.0 * (1U << 30)));
}

TEST_CASE("load phases: one that was begun here is whole") { CHECK(spawned_at_once().is_whole()); }

TEST_CASE("load ratio: what is resident of what is expected, and never all of it") {
  CHECK(load_ratio({.resident_bytes = 25}, 100) == doctest::Approx(0.25));
  CHECK(load_ratio({.resident_bytes = 100}, 100) == doctest::Approx(0.99));
  CHECK(load_ratio({.resident_bytes = 300}, 100) == doctest::Approx(0.99));
  CHECK(load_ratio({}, 100) == doctest::Approx(0.0));
  CHECK_FALSE(load_ratio({.resident_bytes = 300}, 0));
}

TEST_CASE("load phases: their words are those of the documents") {
  std::string words;
  for (const auto phase : every_load_phase) words += std::string{to_string(phase)} + ' ';
  CHECK(words == "queued evicting page_in engine warm_up ");
}
