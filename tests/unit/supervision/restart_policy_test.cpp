#include "orchestrator/supervision/instance_fsm.hpp"

#include <doctest/doctest.h>

using namespace rolecall::supervision;
using namespace std::chrono_literals;

TEST_CASE("restart policy: the delay doubles with each crash, up to the longest") {
  const restart_policy policy{.first_delay = 500ms, .longest_delay = 3s};
  CHECK(policy.delay(1) == 500ms);
  CHECK(policy.delay(2) == 1s);
  CHECK(policy.delay(3) == 2s);
  CHECK(policy.delay(4) == 3s);
  CHECK(policy.delay(1000) == 3s);
}

TEST_CASE("restart policy: jitter shortens a delay by up to a quarter") {
  CHECK(restart_policy::jittered(1s, 0) == 1s);
  CHECK(restart_policy::jittered(1s, 0.5) == 875ms);
  CHECK(restart_policy::jittered(1s, 1) == 750ms);
  CHECK(restart_policy::jittered(0ms, 0.7) == 0ms);
}
