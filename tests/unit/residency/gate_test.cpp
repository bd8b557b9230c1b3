#include "orchestrator/residency/gate.hpp"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace rolecall::residency {

namespace {

using namespace std::chrono_literals;

gate::clock::time_point at(std::chrono::seconds s) { return gate::clock::time_point{s}; }

bool enter(gate& g, std::chrono::seconds now = 1s) {
  bool idle_notice = false;
  const bool entered = g.enter(at(now), idle_notice);
  CHECK_FALSE(idle_notice);
  return entered;
}

}  // namespace

TEST_CASE("gate: is closed until it is opened") {
  gate g;
  CHECK_FALSE(g.is_open());
  CHECK_FALSE(enter(g));
  CHECK(g.leases() == 0);
  g.open();
  CHECK(g.is_open());
  CHECK(enter(g));
  CHECK(g.leases() == 1);
}

TEST_CASE("gate: closing lets nobody in and leaves leases alone") {
  gate g;
  g.open();
  REQUIRE(enter(g));
  g.close();
  CHECK_FALSE(enter(g));
  CHECK(g.leases() == 1);
  CHECK_FALSE(g.leave(at(2s)));
  CHECK(g.leases() == 0);
}

TEST_CASE("gate: closes if idle, and only then") {
  gate g;
  g.open();
  REQUIRE(enter(g));
  CHECK_FALSE(g.close_if_idle());
  CHECK(g.is_open());
  CHECK_FALSE(g.leave(at(2s)));
  CHECK(g.close_if_idle());
  CHECK_FALSE(g.is_open());
  CHECK(g.close_if_idle());
}

TEST_CASE("gate: tells of idleness once, and only when asked") {
  gate g;
  g.open();
  CHECK_FALSE(g.notify_when_idle());
  REQUIRE(enter(g));
  REQUIRE(enter(g));
  CHECK(g.notify_when_idle());
  CHECK_FALSE(g.leave(at(2s)));
  CHECK(g.leave(at(3s)));
  REQUIRE(enter(g));
  CHECK_FALSE(g.leave(at(4s)));
}

TEST_CASE("gate: a notice outlives closing and opening") {
  gate g;
  g.open();
  REQUIRE(enter(g));
  REQUIRE(g.notify_when_idle());
  g.close();
  g.open();
  CHECK(g.leave(at(2s)));
}

TEST_CASE("gate: remembers the moment of the last lease's beginning or end") {
  gate g;
  CHECK(g.last_used() == at(0s));
  g.open();
  REQUIRE(enter(g, 5s));
  CHECK(g.last_used() == at(5s));
  CHECK_FALSE(g.leave(at(9s)));
  CHECK(g.last_used() == at(9s));
  g.close();
  CHECK_FALSE(enter(g, 11s));
  CHECK(g.last_used() == at(9s));
}

// Data threads take a fixed number of leases while the control thread opens, asks for notices,
// closes and evicts without waiting for anybody. A notice that is lost or given twice shows in the
// counts, a lease that was taken or held after an eviction in `used_while_stopped`. Now and then
// everybody steps aside, so that few processors suffice.
TEST_CASE("gate: under contention notices are given once each, and no lease outlives an eviction") {
  constexpr int leases = 200'000;  // of each thread
  constexpr int turn = 4'096;
  constexpr int threads = 3;
  gate g;
  std::atomic<bool> stopped{true};  // as if the process behind the gate were gone
  std::atomic<int> used_while_stopped{0};
  std::atomic<int> notices{0};
  std::atomic<int> running{threads};

  std::vector<std::thread> data;
  for (int i = 0; i < threads; ++i)
    data.emplace_back([&] {
      int held = 0;
      for (int attempt = 1; held < leases; ++attempt) {
        bool idle_notice = false;
        if (g.enter(at(1s), idle_notice)) {
          ++held;
          for (int use = 0; use < 8; ++use)
            if (stopped.load(std::memory_order_relaxed)) ++used_while_stopped;
          idle_notice = g.leave(at(1s));
        }
        if (idle_notice) ++notices;
        if (attempt % turn == 0) std::this_thread::yield();
      }
      --running;
    });

  int asked = 0;
  for (int round = 1; running.load(std::memory_order_relaxed) != 0; ++round) {
    stopped.store(false, std::memory_order_relaxed);
    g.open();
    if (round % turn == 0) std::this_thread::yield();
    if (asked == notices.load() && g.notify_when_idle()) ++asked;
    if (round % 2 == 0) g.close();
    if (g.close_if_idle()) stopped.store(true, std::memory_order_relaxed);
  }
  for (auto& thread : data) thread.join();

  CHECK(used_while_stopped == 0);
  CHECK(notices == asked);
  CHECK(g.leases() == 0);
  CHECK_FALSE(g.notify_when_idle());
}

}  // namespace rolecall::residency
