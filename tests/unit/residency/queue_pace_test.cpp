#include "orchestrator/residency/queue_pace.hpp"

#include <doctest/doctest.h>

namespace rolecall::residency {

namespace {

using namespace std::chrono_literals;

time_point at(std::chrono::seconds s) { return time_point{s}; }

double seconds_of(const queue_pace& pace) {
  REQUIRE(pace.per_grant());
  return pace.per_grant()->count();
}

}  // namespace

TEST_CASE("queue pace: is the time between grants while somebody waits") {
  queue_pace pace;
  CHECK_FALSE(pace.per_grant());
  pace.step(at(10s), 0, true);
  CHECK_FALSE(pace.per_grant());
  pace.step(at(14s), 1, true);
  CHECK(seconds_of(pace) == doctest::Approx(4));
  pace.step(at(15s), 0, true);  // nothing was granted: the time goes on
  pace.step(at(18s), 1, true);
  CHECK(seconds_of(pace) == doctest::Approx(4));
}

TEST_CASE("queue pace: recent grants count most, and several at once share their time") {
  queue_pace pace;
  pace.step(at(0s), 0, true);
  pace.step(at(8s), 1, true);
  pace.step(at(24s), 1, true);
  CHECK(seconds_of(pace) == doctest::Approx(9));
  queue_pace two;
  two.step(at(0s), 0, true);
  two.step(at(8s), 2, true);
  CHECK(seconds_of(two) == doctest::Approx(4));
}

TEST_CASE("queue pace: neither loads nor empty queues count") {
  queue_pace pace;
  pace.step(at(0s), 5, true);  // a load has ended: these did not wait for a slot
  CHECK_FALSE(pace.per_grant());
  pace.step(at(2s), 1, false);
  CHECK(seconds_of(pace) == doctest::Approx(2));
  pace.step(at(1000s), 1, false);
  pace.step(at(2000s), 0, true);
  pace.step(at(2002s), 1, true);
  CHECK(seconds_of(pace) == doctest::Approx(2));
}

}  // namespace rolecall::residency
