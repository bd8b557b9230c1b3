#include "orchestrator/metrics/generating_speed.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::metrics;
using namespace std::chrono_literals;

constexpr generating_speed::time_point start{};

engine_sample generated(std::uint64_t tokens, double seconds) {
  return {.predicted_tokens = tokens, .predicted_seconds = seconds};
}

engine_sample drafted(std::uint64_t drafted, std::uint64_t accepted) {
  return {.predicted_tokens = drafted,
          .draft_tokens = drafted,
          .accepted_tokens = accepted,
          .predicted_seconds = static_cast<double>(drafted)};
}

}  // namespace

TEST_CASE("generating speed: a role that has generated nothing has none") {
  generating_speed role;
  CHECK_FALSE(role.speed());
  CHECK_FALSE(role.acceptance());
  CHECK(role.throughput() == 0);
  CHECK(role.throughput("coder") == 0);
  role.begin_process("coder");
  role.add("coder", {}, start);
  role.add("coder", {.prompt_tokens = 1000, .prompt_seconds = 3}, start + 10s);
  CHECK_FALSE(role.speed());
  CHECK(role.throughput() == 0);
}

TEST_CASE("generating speed: tokens per second of generating, not of waiting for requests") {
  generating_speed role;
  role.begin_process("coder");
  role.add("coder", {}, start);
  role.add("coder", generated(100, 4), start + 10s);
  CHECK(role.speed() == 25);
  CHECK(role.throughput("coder") == 10);
  role.add("coder", generated(100, 4), start + 20s);
  CHECK(role.speed() == 25);
  CHECK(role.throughput("coder") == 5);
}

TEST_CASE("generating speed: throughput is that of the last half minute") {
  generating_speed role;
  role.begin_process("coder");
  role.add("coder", {}, start);
  role.add("coder", generated(300, 4), start + 5s);
  CHECK(role.throughput() == 60);
  role.add("coder", generated(300, 4), start + 30s);
  CHECK(role.throughput() == 10);
  role.add("coder", generated(330, 5), start + 35s);
  CHECK(role.throughput() == 1);
  role.add("coder", generated(330, 5), start + 3h);
  CHECK(role.throughput() < 0.01);
}

TEST_CASE("generating speed: only the last minute in which the role worked counts") {
  generating_speed role;
  role.begin_process("coder");
  role.add("coder", generated(1000, 10), start);
  role.add("coder", generated(1100, 20), start + 1s);
  CHECK(role.speed() == 55);
  role.add("coder", generated(1100, 20), start + 2h);  // idle: nothing to forget it for
  CHECK(role.speed() == 55);
  role.add("coder", generated(1120, 21), start + 2h + 1s);
  CHECK(role.speed() == 20);
  role.add("coder", generated(1150, 22), start + 2h + 60s);
  CHECK(role.speed() == 25);
  role.add("coder", generated(1160, 23), start + 2h + 61s);  // the first one is a minute old
  CHECK(role.speed() == 20);
}

TEST_CASE("generating speed: instances of a role count together") {
  generating_speed role;
  for (const auto* instance : {"coder-1", "coder-2"}) {
    role.begin_process(instance);
    role.add(instance, {}, start);
  }
  role.add("coder-1", generated(100, 2), start + 10s);
  role.add("coder-2", generated(50, 3), start + 10s);
  CHECK(role.speed() == 30);
  CHECK(role.throughput() == 15);
  CHECK(role.throughput("coder-1") == 10);
  CHECK(role.throughput("coder-2") == 5);
}

TEST_CASE("generating speed: a process that is replaced begins at 0") {
  generating_speed role;
  role.begin_process("coder");
  role.add("coder", generated(100, 4), start);
  role.begin_process("coder");
  role.add("coder", generated(200, 4), start + 10s);
  CHECK(role.speed() == 37.5);
  CHECK(role.throughput("coder") == 0);              // when it began is not known
  role.add("coder", generated(20, 4), start + 20s);  // replaced, and nobody told
  CHECK(role.throughput("coder") == 2);
}

TEST_CASE("generating speed: what an adopted process did before does not count") {
  generating_speed role;
  role.add("coder", generated(1'000'000, 1), start);
  CHECK_FALSE(role.speed());
  role.add("coder", generated(1'000'010, 2), start + 10s);
  CHECK(role.speed() == 10);
  CHECK(role.throughput("coder") == 1);
}

TEST_CASE("generating speed: without a process nothing is generated, and the speed stays known") {
  generating_speed role;
  role.begin_process("coder");
  role.add("coder", {}, start);
  role.add("coder", generated(100, 4), start + 10s);
  role.end_process("coder");
  role.end_process("never_there");
  CHECK(role.throughput() == 0);
  CHECK(role.throughput("coder") == 0);
  CHECK(role.speed() == 25);
}

TEST_CASE("generating speed: answers of a single token tell no speed") {
  generating_speed role;
  role.begin_process("coder");
  role.add("coder", generated(20, 20e-6), start);
  CHECK_FALSE(role.speed());
  role.add("coder", generated(30, 20e-6 + 0.5), start + 1s);
  CHECK(role.speed() == doctest::Approx(60).epsilon(0.001));
}

TEST_CASE("generating speed: two samples at one time tell no throughput") {
  generating_speed role;
  role.begin_process("coder");
  role.add("coder", {}, start);
  role.add("coder", generated(100, 4), start);
  CHECK(role.throughput("coder") == 0);
  role.add("coder", generated(200, 8), start + 10s);
  CHECK(role.throughput("coder") == 20);
}

TEST_CASE("generating speed: drafts are accepted by a share of them, and without any by none") {
  generating_speed role;
  role.begin_process("coder-1");
  role.begin_process("coder-2");
  role.add("coder-1", generated(100, 1), start);
  CHECK_FALSE(role.acceptance());
  role.add("coder-2", drafted(100, 0), start);
  CHECK(role.acceptance() == 0);
  role.add("coder-2", drafted(200, 50), start + 1s);
  CHECK(role.acceptance() == 0.25);
  role.add("coder-2", drafted(300, 150), start + 61s);  // the others are too old
  CHECK(role.acceptance() == 1);
}
