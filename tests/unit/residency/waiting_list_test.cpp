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

TEST_CASE(
    "waiting list: who goes before a waiter is served by the same role and has an earlier turn") {
  waiting_list list;
  list.add({.id = 1, .role = 0, .serving = 0, .turn = time_point{30s}});
  list.add({.id = 2, .role = 2, .serving = 0, .turn = time_point{10s}});
  list.add({.id = 3, .role = 1, .serving = 1, .turn = time_point{15s}});
  list.add({.id = 4, .role = 0, .serving = 0, .turn = time_point{20s}});
  CHECK(list.before(2) == 0);
  CHECK(list.before(3) == 0);
  CHECK(list.before(4) == 1);
  CHECK(list.before(1) == 2);
  CHECK_FALSE(list.before(5));
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

TEST_CASE("waiting list: the order is that of turns, among equals of ids, whenever they come") {
  waiting_list list;
  const auto add = [&](waiter_id id, std::chrono::seconds turn) {
    auto w = one(id, 0, 0, 10s, 60s);
    w.turn = time_point{turn};
    list.add(w);
  };
  add(5, 30s);
  add(4, 20s);
  add(2, 30s);
  add(3, 10s);
  std::vector<waiter_id> order;
  for (const auto& w : list.take_if([](const waiter&) { return true; })) order.push_back(w.id);
  CHECK((order == std::vector<waiter_id>{3, 4, 2, 5}));
}

TEST_CASE("waiting list: gives up a role's last background request, and nobody else") {
  waiting_list list;
  for (waiter_id id = 1; id <= 4; ++id) {
    auto w = one(id, id == 4 ? 1 : 0, 0, 10s, 60s);
    if (id != 3) w.priority = request_priority::background;
    list.add(w);
  }
  CHECK(list.count(0, request_priority::background) == 2);
  CHECK(list.count(0, request_priority::interactive) == 1);
  CHECK(list.count_served_by(0) == 4);
  REQUIRE(list.take_last_background(0));
  CHECK(list.count(0) == 2);
  CHECK(list.take_last_background(0)->id == 1);
  CHECK_FALSE(list.take_last_background(0));
  CHECK(list.count(1) == 1);
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
