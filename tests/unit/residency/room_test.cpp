#include "orchestrator/residency/room.hpp"

#include <doctest/doctest.h>

namespace rolecall::residency {

namespace {

using namespace std::chrono_literals;

need of(instance_id id, byte_count footprint, bool may_wait = true) {
  return {id, id, footprint, may_wait};
}

candidate held(instance_id id, byte_count footprint, reluctance cost) {
  return {id, id, footprint, cost, cost == reluctance::idle, time_point{std::chrono::seconds{id}}};
}

std::vector<provision> provisions(const std::vector<room_decision>& decisions) {
  std::vector<provision> list;
  for (const auto& d : decisions) list.push_back(d.how);
  return list;
}

std::vector<instance_id> victims(const room_decision& d) {
  std::vector<instance_id> list;
  for (const auto& v : d.victims) list.push_back(v.instance);
  return list;
}

using how = std::vector<provision>;
using ids = std::vector<instance_id>;

}  // namespace

TEST_CASE("room: what fits starts, oldest first") {
  CHECK((provisions(make_room({of(10, 6), of(11, 4)}, {}, 10, 0)) ==
         how{provision::start, provision::start}));
  CHECK((provisions(make_room({of(10, 6), of(11, 5), of(12, 4)}, {}, 10, 0)) ==
         how{provision::start, provision::queue, provision::queue}));
}

TEST_CASE("room: exits under way are waited for before anybody else has to leave") {
  const auto decided = make_room({of(10, 6)}, {held(0, 6, reluctance::idle)}, 2, 4);
  CHECK((provisions(decided) == how{provision::await_exits}));
}

TEST_CASE("room: exits promised to an older need do not serve a younger one") {
  const auto decided = make_room({of(10, 6), of(11, 6)}, {held(0, 6, reluctance::idle)}, 0, 6);
  REQUIRE((provisions(decided) == how{provision::await_exits, provision::evict}));
  CHECK((victims(decided[1]) == ids{0}));
}

TEST_CASE("room: an idle victim is taken before a busy one that was used longer ago") {
  const auto decided =
      make_room({of(10, 6)}, {held(0, 6, reluctance::busy), held(1, 6, reluctance::idle)}, 0, 0);
  REQUIRE((provisions(decided) == how{provision::evict}));
  CHECK((victims(decided[0]) == ids{1}));
}

TEST_CASE("room: idle victims stay while a busy one is needed besides") {
  const auto decided =
      make_room({of(10, 10)}, {held(0, 6, reluctance::busy), held(1, 4, reluctance::idle)}, 0, 0);
  REQUIRE((provisions(decided) == how{provision::take_turns}));
  CHECK((victims(decided[0]) == ids{1, 0}));
}

TEST_CASE("room: a role's own replicas are not its victims") {
  auto sibling = held(0, 6, reluctance::idle);
  sibling.role = 10;
  CHECK((provisions(make_room({of(10, 6)}, {sibling}, 0, 0)) == how{provision::obstructed}));
}

TEST_CASE("room: a younger need does not take free memory that an older one waits to complete") {
  CHECK((provisions(make_room({of(10, 10), of(11, 4)}, {held(0, 6, reluctance::busy)}, 4, 0)) ==
         how{provision::take_turns, provision::queue}));
}

TEST_CASE("room: a younger need starts in what the older one will leave over") {
  CHECK((provisions(make_room({of(10, 10), of(11, 4)}, {held(0, 10, reluctance::busy)}, 4, 0)) ==
         how{provision::take_turns, provision::start}));
}

TEST_CASE("room: no younger need overtakes one that waits for an older one's turn") {
  const auto decided =
      make_room({of(10, 10), of(11, 10), of(12, 2)}, {held(0, 10, reluctance::busy)}, 2, 0);
  CHECK((provisions(decided) == how{provision::take_turns, provision::queue, provision::queue}));
}

TEST_CASE("room: a need that pins obstruct keeps nothing from others") {
  CHECK((provisions(make_room({of(10, 10), of(11, 4)}, {held(0, 2, reluctance::idle)}, 4, 0)) ==
         how{provision::obstructed, provision::start}));
}

TEST_CASE("room: a further replica takes idle memory but does not wait for busy memory") {
  CHECK((provisions(make_room({of(10, 6, false)}, {held(0, 6, reluctance::idle)}, 0, 0)) ==
         how{provision::evict}));
  CHECK((provisions(make_room({of(10, 6, false)}, {held(0, 6, reluctance::busy)}, 0, 0)) ==
         how{provision::forgo}));
}

}  // namespace rolecall::residency
