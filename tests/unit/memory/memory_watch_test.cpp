#include "orchestrator/memory/memory_watch.hpp"

#include <doctest/doctest.h>

namespace rolecall::memory {

using namespace std::chrono_literals;

TEST_CASE("memory watch: the gap between measurements doubles up to half a minute") {
  CHECK(next_gap(0ms, 0ms) == 1s);
  CHECK(next_gap(1s, 1ms) == 2s);
  CHECK(next_gap(16s, 1ms) == 30s);
  CHECK(next_gap(30s, 1ms) == 30s);
}

TEST_CASE("memory watch: a costly measurement is made rarely") {
  CHECK(next_gap(1s, 50ms) == 5s);
  CHECK(next_gap(30s, 3s) == 300s);
  CHECK(next_gap(300s, 10ms) == 30s);
}

}  // namespace rolecall::memory
