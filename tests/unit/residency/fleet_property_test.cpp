#include "fleet_model.hpp"

#include <doctest/doctest.h>

namespace rolecall::residency::tests {

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::uint64_t sequences = 10'000;
#else
constexpr std::uint64_t sequences = 100'000;
#endif
constexpr std::uint64_t seeds = 20'240'607;
constexpr int events = 30;

// Half of the fleets have callers that can wait, half of those are never without traffic at their
// end.
void live(fleet_model& fleet, std::uint64_t seed) {
  fleet.launch();
  for (int i = 0; i < events; ++i) fleet.random_event();
  fleet.quiesce(seed % 4 == 1);
  fleet.shut_down();
}

std::string recording_of(std::uint64_t seed) {
  fleet_model fleet(seed, seed % 2 == 1);
  fleet.record();
  try {
    live(fleet, seed);
  } catch (const violation& broken) {
    return fleet.recorded() + broken.what();
  }
  return fleet.recorded();
}

}  // namespace

TEST_CASE("residency: no sequence of events breaks a rule") {
  std::size_t steps = 0;
  for (auto seed = seeds; seed < seeds + sequences; ++seed) {
    fleet_model fleet(seed, seed % 2 == 1);
    try {
      live(fleet, seed);
    } catch (const std::exception& broken) {
      FAIL("seed " << seed << ": " << std::string{broken.what()} << "\n" << recording_of(seed));
    }
    steps += fleet.steps();
  }
  CHECK(steps > sequences * 20);
}

TEST_CASE("residency: the same events give the same actions") {
  std::string all;
  for (auto seed = seeds; seed < seeds + 500; ++seed) {
    const auto once = recording_of(seed);
    REQUIRE(once == recording_of(seed));
    all += once;
  }
  for (const auto* expected :
       {"start", "grant", "evict", "(pressure)", "measured memory exceeds", "stop", "(reload)",
        "removed from the registry", "close gate", "open gate", "watch", "refuse"})
    CHECK_MESSAGE(all.find(expected) != std::string::npos, expected << " occurs");
}

}  // namespace rolecall::residency::tests
