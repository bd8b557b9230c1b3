#include "orchestrator/memory/pressure.hpp"

#include <doctest/doctest.h>

namespace rolecall::memory {
namespace {

constexpr byte_count gib = 1ULL << 30;

launcher::host_memory host_with(byte_count available, double stalled = 0) {
  return {.total = 100 * gib, .available = available, .stalled = stalled};
}

}  // namespace

TEST_CASE("pressure: the floor is a 64th of the limit, at most 4 GiB, or what the registry says") {
  CHECK(floor_of({}, 64 * gib) == gib);
  CHECK(floor_of({}, 1132 * gib) == 4 * gib);
  registry::memory_settings own;
  own.floor = 7;
  CHECK(floor_of(own, 64 * gib) == 7);
  own.floor = 0;
  CHECK(missing_memory(host_with(0), 0, floor_of(own, 64 * gib)) == 0);
}

TEST_CASE("pressure: nothing is missing above the floor") {
  CHECK(missing_memory(host_with(2 * gib), 0, 2 * gib) == 0);
  CHECK(missing_memory(host_with(gib), 0, 2 * gib) == gib);
}

TEST_CASE("pressure: the fleet's own mapped weights are not left over") {
  CHECK(missing_memory(host_with(50 * gib), 48 * gib, 2 * gib) == 0);
  CHECK(missing_memory(host_with(50 * gib), 49 * gib, 2 * gib) == gib);
  CHECK(missing_memory(host_with(50 * gib), 60 * gib, 2 * gib) == 2 * gib);
}

TEST_CASE("pressure: own files that the kernel has dropped since they were measured are gone") {
  auto host = host_with(10 * gib);
  host.page_cache = 3 * gib;
  CHECK(missing_memory(host, 9 * gib, 2 * gib) == 0);
  CHECK(missing_memory(host, 9 * gib, 8 * gib) == gib);
}

TEST_CASE("pressure: while tasks stand still for memory twice the floor is asked for") {
  CHECK(missing_memory(host_with(3 * gib, 0.09), 0, 2 * gib) == 0);
  CHECK(missing_memory(host_with(3 * gib, 0.10), 0, 2 * gib) == gib);
}

TEST_CASE("pressure: a cgroup's limit counts when it leaves less than the host") {
  auto host = host_with(50 * gib);
  host.cgroup = {.limit = 20 * gib, .left = gib, .path = "/x"};
  CHECK(missing_memory(host, 0, 2 * gib) == gib);
}

}  // namespace rolecall::memory
