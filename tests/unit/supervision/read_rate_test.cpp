#include "orchestrator/supervision/read_rate.hpp"

#include <chrono>

#include <doctest/doctest.h>

using namespace rolecall::supervision;
using namespace std::chrono_literals;

namespace {

const time_point start{1h};

}  // namespace

TEST_CASE("read rate: one moment tells none") {
  read_rate rate;
  CHECK_FALSE(rate.per_second());
  rate.add(4096, start);
  CHECK_FALSE(rate.per_second());
}

TEST_CASE("read rate: bytes over time") {
  read_rate rate;
  rate.add(1000, start);
  rate.add(1500, start + 500ms);
  CHECK(rate.per_second() == doctest::Approx(1000));
}

TEST_CASE("read rate: moments that are close to the last one are left out") {
  read_rate rate;
  rate.add(0, start);
  rate.add(1'000'000, start + 2ms);
  CHECK_FALSE(rate.per_second());
  rate.add(1'000'000, start + 100ms);
  CHECK(rate.per_second() == doctest::Approx(10'000'000));
}

TEST_CASE("read rate: what is longer ago than a second is forgotten") {
  read_rate rate;
  rate.add(0, start);
  std::uint64_t bytes = 1'000'000'000;
  for (auto t = 100ms; t <= 1100ms; t += 100ms, bytes += 100) rate.add(bytes, start + t);
  CHECK(rate.per_second() == doctest::Approx(1000));
}

TEST_CASE("read rate: after a long silence it is that of the silence") {
  read_rate rate;
  rate.add(0, start);
  rate.add(5000, start + 1s);
  rate.add(5000, start + 10s);
  CHECK(rate.per_second() == doctest::Approx(0));
}
