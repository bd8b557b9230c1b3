#include "orchestrator/residency/ledger.hpp"

#include "scripted_fleet.hpp"

#include <doctest/doctest.h>

namespace rolecall::residency::tests {

TEST_CASE("ledger: an instance is reserved from starting until its exit is confirmed") {
  ledger l(catalogue_of(10, {{"a", registry::tier::warm, 6}}));
  CHECK(l.reserved() == 0);
  for (const auto held : {presence::starting, presence::ready, presence::closing, presence::backoff,
                          presence::stopping}) {
    l.move(0, held);
    CHECK(l.reserved() == 6);
    CHECK(l.free() == 4);
  }
  l.move(0, presence::absent);
  CHECK(l.reserved() == 0);
  l.move(0, presence::starting);
  l.move(0, presence::failed);
  CHECK(l.reserved() == 0);
}

TEST_CASE("ledger: what is stopping is leaving until it is gone, or stays after all") {
  ledger l(catalogue_of(10, {{"a", registry::tier::warm, 6}, {"b", registry::tier::warm, 3}}));
  l.move(0, presence::starting);
  l.move(1, presence::starting);
  l.move(0, presence::stopping);
  l.move(1, presence::stopping);
  CHECK(l.leaving() == 9);
  l.move(0, presence::absent);
  CHECK(l.leaving() == 3);
  l.move(1, presence::ready);
  CHECK(l.leaving() == 0);
  CHECK(l.reserved() == 3);
}

TEST_CASE("ledger: more than the budget is never reserved") {
  ledger l(catalogue_of(10, {{"a", registry::tier::warm, 6}, {"b", registry::tier::warm, 5}}));
  l.move(0, presence::starting);
  CHECK_THROWS_AS(l.move(1, presence::starting), std::logic_error);
  CHECK(l.reserved() == 6);
  CHECK(l.state(1) == presence::absent);
}

TEST_CASE("ledger: a file counts once while somebody who is reserved maps it") {
  ledger l(catalogue_of(
      20, {{"a", registry::tier::warm, 2, 1, {0}}, {"b", registry::tier::warm, 3, 1, {0, 1}}},
      {10, 1}));
  l.move(0, presence::starting);
  CHECK(l.reserved() == 12);
  CHECK(l.everybody().added_by(1) == 4);
  l.move(1, presence::starting);
  CHECK(l.reserved() == 16);
  CHECK(l.everybody().freed_by(0) == 2);
  l.move(0, presence::stopping);
  CHECK(l.leaving() == 2);
  l.move(1, presence::stopping);
  CHECK(l.leaving() == 16);  // together they free the file as well
  l.move(1, presence::absent);
  CHECK(l.reserved() == 12);
  CHECK(l.leaving() == 12);
}

TEST_CASE("ledger: a reservation follows the footprint, even above the budget") {
  ledger l(catalogue_of(10, {{"a", registry::tier::warm, 6}, {"b", registry::tier::warm, 0}}));
  l.set_footprint(0, 7);
  CHECK(l.reserved() == 0);
  l.move(0, presence::starting);
  CHECK(l.reserved() == 7);
  l.set_footprint(0, 12);
  CHECK(l.reserved() == 12);
  CHECK(l.free() == 0);
  CHECK_FALSE(l.fits(1));
  CHECK_THROWS_AS(l.move(1, presence::starting), std::logic_error);
  l.move(0, presence::stopping);
  l.set_footprint(0, 3);
  CHECK(l.leaving() == 3);
  l.move(0, presence::absent);
  CHECK(l.reserved() == 0);
}

TEST_CASE("catalogue: roles and instances that do not refer to each other are refused") {
  auto known = catalogue_of(10, {{"a", registry::tier::warm, 6}});
  CHECK_NOTHROW(planner{known});
  known.roles[0].instances.clear();
  CHECK_THROWS_WITH_AS(planner{known}, "cannot plan residency: role a has no instance",
                       std::invalid_argument);
  known.roles[0].instances = {1};
  CHECK_THROWS_AS(planner{known}, std::invalid_argument);
  known.roles[0].instances = {0};
  known.instances[0].role = 1;
  CHECK_THROWS_AS(planner{known}, std::invalid_argument);
  known.instances[0].role = 0;
  known.files.push_back({"model.gguf", 4});
  known.instances[0].files = {1};
  CHECK_THROWS_WITH_AS(planner{known}, "cannot plan residency: instance a maps an unknown file",
                       std::invalid_argument);
  known.instances[0].files = {0, 0};
  CHECK_THROWS_WITH_AS(planner{known},
                       "cannot plan residency: instance a lists the file model.gguf twice",
                       std::invalid_argument);
}

}  // namespace rolecall::residency::tests
