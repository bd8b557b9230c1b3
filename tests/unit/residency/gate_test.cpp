#include "orchestrator/residency/gate.hpp"

#include <thread>
#include <vector>

#include <doctest/doctest.h>

namespace rolecall::residency {

namespace {

using namespace std::chrono_literals;

gate::clock::time_point at(std::chrono::seconds s) { return gate::clock::time_point{s}; }

constexpr auto slot = lease_kind::slot;
constexpr auto slotless = lease_kind::slotless;

bool enter(gate& g, std::chrono::seconds now = 1s, lease_kind kind = slot) {
  const auto [entered, owed] = g.enter(kind, at(now));
  CHECK(owed == gate_notice::none);
  return entered;
}

gate_notice leave(gate& g, std::chrono::seconds now = 2s, lease_kind kind = slot) {
  return g.leave(kind, at(now));
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
  CHECK(leave(g, 2s) == gate_notice::none);
  CHECK(g.leases() == 0);
}

TEST_CASE("gate: closes if idle, and only then") {
  gate g;
  g.open();
  REQUIRE(enter(g));
  CHECK_FALSE(g.close_if_idle());
  CHECK(g.is_open());
  CHECK(leave(g, 2s) == gate_notice::none);
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
  CHECK(leave(g, 2s) == gate_notice::none);
  CHECK(leave(g, 3s) == gate_notice::idle);
  REQUIRE(enter(g));
  CHECK(leave(g, 4s) == gate_notice::none);
}

TEST_CASE("gate: a notice outlives closing and opening") {
  gate g;
  g.open();
  REQUIRE(enter(g));
  REQUIRE(g.notify_when_idle());
  g.close();
  g.open();
  CHECK(leave(g, 2s) == gate_notice::idle);
}

TEST_CASE("gate: remembers the moment of the last lease's beginning or end") {
  gate g;
  CHECK(g.last_used() == at(0s));
  g.open();
  REQUIRE(enter(g, 5s));
  CHECK(g.last_used() == at(5s));
  CHECK(leave(g, 9s) == gate_notice::none);
  CHECK(g.last_used() == at(9s));
  g.close();
  CHECK_FALSE(enter(g, 11s));
  CHECK(g.last_used() == at(9s));
}

TEST_CASE("gate: lets as many in for a slot as it has, and any number for none") {
  gate g(2);
  g.open();
  CHECK(g.capacity() == 2);
  CHECK(enter(g));
  CHECK(g.admits(slot));
  CHECK(enter(g));
  CHECK_FALSE(g.admits(slot));
  CHECK_FALSE(enter(g));
  CHECK_FALSE(g.enter_granted(slot, at(1s)));
  CHECK(g.admits(slotless));
  CHECK(enter(g, 1s, slotless));
  CHECK(g.slots_taken() == 2);
  CHECK(g.leases() == 3);
  CHECK(leave(g) == gate_notice::none);
  CHECK(enter(g));
}

TEST_CASE("gate: a lease without a slot keeps it from being idle") {
  gate g(1);
  g.open();
  REQUIRE(enter(g, 1s, slotless));
  CHECK_FALSE(g.close_if_idle());
  CHECK(g.notify_when_idle());
  CHECK(leave(g, 2s, slotless) == gate_notice::idle);
  CHECK(g.close_if_idle());
  CHECK_FALSE(enter(g, 3s, slotless));
}

TEST_CASE("gate: while somebody waits slots go to whom they are granted, and to nobody else") {
  gate g(1);
  g.open();
  REQUIRE(enter(g));
  CHECK_FALSE(g.announce_queue());
  CHECK(g.is_queued());
  CHECK_FALSE(enter(g));
  CHECK(leave(g) == gate_notice::slot_free);
  CHECK_FALSE(g.admits(slot));
  const auto [entered, owed] =
      g.enter(slot, at(3s));  // its step back may hide the room from others
  CHECK_FALSE(entered);
  CHECK(owed == gate_notice::slot_free);
  CHECK(enter(g, 3s, slotless));
  CHECK(g.enter_granted(slot, at(3s)));
  g.dissolve_queue();
  CHECK(leave(g) == gate_notice::none);
  CHECK(enter(g));
}

TEST_CASE("gate: announcing a queue tells of a slot that is free already") {
  gate g(2);
  CHECK_FALSE(g.announce_queue());  // closed
  g.open();
  CHECK(g.announce_queue());
  CHECK(g.enter_granted(slot, at(1s)));
  CHECK(g.announce_queue());
  CHECK(g.enter_granted(slot, at(1s)));
  CHECK_FALSE(g.announce_queue());
  g.close();
  CHECK_FALSE(g.enter_granted(slot, at(1s)));
  CHECK_FALSE(g.enter_granted(slotless, at(1s)));
}

TEST_CASE("gate: the end of the last lease is told as idleness, which tells of the slot as well") {
  gate g(1);
  g.open();
  REQUIRE(enter(g));
  REQUIRE(g.notify_when_idle());
  REQUIRE_FALSE(g.announce_queue());
  CHECK(leave(g) == gate_notice::idle);
}

// Data threads take a fixed number of leases while the control thread opens, asks for notices,
// grants, closes and evicts without waiting for anybody, but for a slot that it is owed. A notice
// that is lost shows as a wait without end or in the counts, a lease that was taken or held after
// an eviction in `used_while_stopped`, a slot too many in `overfull`. Now and then everybody steps
// aside, so that few processors suffice.

namespace {

struct contention {
  static constexpr int leases = 200'000;  // of each thread
  static constexpr int turn = 4'096;
  static constexpr int threads = 3;
  static constexpr std::uint32_t capacity = 2;

  gate g{capacity};
  std::atomic<bool> stopped{true};  // as if the process behind the gate were gone
  std::atomic<int> used_while_stopped{0};
  std::atomic<std::uint32_t> in_slots{0};
  std::atomic<int> overfull{0};
  std::atomic<int> idle_notices{0};
  std::atomic<int> notices{0};
  std::atomic<int> running{threads};

  void tell(gate_notice owed) {
    if (owed == gate_notice::idle) ++idle_notices;
    if (owed != gate_notice::none) ++notices;
  }
  void use(lease_kind kind) {
    if (kind == slot && in_slots.fetch_add(1) >= capacity) ++overfull;
    for (int i = 0; i < 8; ++i)
      if (stopped.load(std::memory_order_relaxed)) ++used_while_stopped;
    if (kind == slot) in_slots.fetch_sub(1);
    tell(g.leave(kind, at(1s)));
  }
  void take_leases() {
    int held = 0;
    for (int attempt = 1; held < leases; ++attempt) {
      const auto kind = attempt % 8 == 0 ? slotless : slot;
      const auto [entered, owed] = g.enter(kind, at(1s));
      tell(owed);
      if (entered) {
        ++held;
        use(kind);
      }
      if (attempt % turn == 0) std::this_thread::yield();
    }
    --running;
  }
  // Somebody waits: the slot has to come, or a notice of it.
  void serve_a_waiter() {
    auto seen = notices.load();
    bool look = g.announce_queue();
    while (!g.enter_granted(slot, at(1s))) {
      while (!look && notices.load() == seen) std::this_thread::yield();
      look = false;
      seen = notices.load();
    }
    use(slot);
    g.dissolve_queue();
  }
};

}  // namespace

TEST_CASE(
    "gate: under contention no notice is lost, no slot taken twice, and no lease outlives an "
    "eviction") {
  contention c;
  std::vector<std::thread> data;
  for (int i = 0; i < contention::threads; ++i) data.emplace_back([&c] { c.take_leases(); });

  int asked = 0;
  for (int round = 1; c.running.load(std::memory_order_relaxed) != 0; ++round) {
    c.stopped.store(false, std::memory_order_relaxed);
    c.g.open();
    if (round % contention::turn == 0) std::this_thread::yield();
    if (asked == c.idle_notices.load() && c.g.notify_when_idle()) ++asked;
    if (round % 64 == 0) c.serve_a_waiter();
    if (round % 2 == 0) c.g.close();
    if (c.g.close_if_idle()) c.stopped.store(true, std::memory_order_relaxed);
  }
  for (auto& thread : data) thread.join();

  CHECK(c.used_while_stopped == 0);
  CHECK(c.overfull == 0);
  CHECK(c.idle_notices == asked);
  CHECK(c.g.leases() == 0);
  CHECK_FALSE(c.g.notify_when_idle());
}

}  // namespace rolecall::residency
