#include "orchestrator/supervision/load_watch.hpp"

#include <doctest/doctest.h>

using namespace rolecall::supervision;
using namespace std::chrono_literals;

TEST_CASE("load: probes follow closely on a log line") {
  CHECK(probe_gap(0ms) == 2ms);
  CHECK(probe_gap(8ms) == 2ms);
}

TEST_CASE("load: readiness within 20 ms of a log line is seen within 5 ms") {
  CHECK(probe_gap(20ms) <= 5ms);
}

TEST_CASE("load: silence makes probes rarer, at most ten a second") {
  CHECK(probe_gap(200ms) == 50ms);
  CHECK(probe_gap(10min) == 100ms);
}
