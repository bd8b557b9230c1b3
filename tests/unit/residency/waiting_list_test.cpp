#include "orchestrator/residency/waiting_list.hpp"

#include <doctest/doctest.h>

namespace rolecall::residency {

namespace {

using namespace std::chrono_literals;

waiter one(waiter_id id, role_id role, role_id serving, std::chrono::seconds since,
           std::chrono::seconds deadline) {
  return {id, role, serving, time_point{since}, time_point{deadline}};
}

}  // namespace

TEST_CASE("waiting list: counts by the role asked for, ages by the role that serves") {
  waiting_list list;
  CHECK_FALSE(list.oldest(0));
  list.add(one(1, 2, 0, 10s, 70s));
  list.add(one(2, 0, 0, 11s, 60s));
  list.add(one(3, 1, 1, 12s, 80s));
  CHECK(list.count(2) == 1);
  CHECK(list.count(0) == 1);
  CHECK(list.oldest(0) == time_point{10s});
  CHECK(list.oldest(1) == time_point{12s});
  CHECK_FALSE(list.oldest(2));
  CHECK(list.next_deadline() == time_point{60s});
}

TEST_CASE("waiting list: takes in the order of arrival and keeps the others") {
  waiting_list list;
  for (waiter_id id = 1; id <= 5; ++id) list.add(one(id, id % 2, 0, 10s, 60s));
  std::vector<waiter_id> taken;
  for (const auto& w : list.take_if([](const waiter& w) { return w.role == 1; }))
    taken.push_back(w.id);
  CHECK((taken == std::vector<waiter_id>{1, 3, 5}));
  CHECK(list.count(1) == 0);
  CHECK(list.count(0) == 2);
}

TEST_CASE("waiting list: who withdrew leaves no trace, and withdrawing twice is nothing") {
  waiting_list list;
  list.add(one(1, 0, 0, 10s, 60s));
  list.remove(1);
  list.remove(1);
  CHECK(list.empty());
  CHECK_FALSE(list.next_deadline());
}

}  // namespace rolecall::residency
