#include "orchestrator/residency/victims.hpp"

#include <doctest/doctest.h>

namespace rolecall::residency {

namespace {

using namespace std::chrono_literals;

candidate idle(instance_id id, byte_count footprint, std::chrono::seconds used) {
  return {id, id, footprint, reluctance::idle, true, time_point{used}};
}

std::vector<instance_id> chosen(const std::vector<candidate>& from, byte_count needed) {
  const auto victims = choose_victims(from, needed);
  REQUIRE(victims);
  std::vector<instance_id> ids;
  for (const auto& c : *victims) ids.push_back(c.instance);
  return ids;
}

using ids = std::vector<instance_id>;

}  // namespace

TEST_CASE("victims: the least recently used go first, and only as many as make room") {
  const std::vector from{idle(0, 4, 30s), idle(1, 4, 10s), idle(2, 4, 20s)};
  CHECK((chosen(from, 1) == ids{1}));
  CHECK((chosen(from, 4) == ids{1}));
  CHECK((chosen(from, 5) == ids{1, 2}));
  CHECK((chosen(from, 12) == ids{1, 2, 0}));
}

TEST_CASE("victims: those that a larger one makes unnecessary stay") {
  CHECK((chosen({idle(0, 2, 10s), idle(1, 10, 20s)}, 10) == ids{1}));
  CHECK((chosen({idle(0, 2, 10s), idle(1, 10, 20s)}, 11) == ids{0, 1}));
}

TEST_CASE("victims: of two that could stay the more recently used does") {
  CHECK((chosen({idle(0, 3, 10s), idle(1, 3, 20s), idle(2, 6, 30s)}, 8) == ids{0, 2}));
}

TEST_CASE("victims: ties go to the lower id") {
  CHECK((chosen({idle(2, 4, 10s), idle(1, 4, 10s)}, 4) == ids{1}));
}

TEST_CASE(
    "victims: an idle instance goes before a busy one, and a busy one before one that loads") {
  auto busy = idle(0, 4, 5s);
  busy.cost = reluctance::busy;
  auto loading = idle(1, 4, 1s);
  loading.cost = reluctance::loading;
  auto closing = idle(3, 4, 50s);
  closing.cost = reluctance::closing;
  const std::vector from{busy, loading, idle(2, 4, 40s), closing};
  CHECK((chosen(from, 4) == ids{3}));
  CHECK((chosen(from, 16) == ids{3, 2, 0, 1}));
}

TEST_CASE("victims: nobody is chosen when all together do not make room") {
  CHECK_FALSE(choose_victims({idle(0, 4, 10s)}, 5));
  CHECK_FALSE(choose_victims({}, 1));
}

}  // namespace rolecall::residency
