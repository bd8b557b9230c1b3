#include "interleavings.hpp"
#include "orchestrator/residency/gate.hpp"

#include <algorithm>
#include <numeric>

#include <doctest/doctest.h>

// The gate under every order of its atomic operations: data threads enter, use the process and
// leave, the control thread does what the controller does. `--success` prints how many orders there
// are.

namespace rolecall::residency::tests {

namespace {

using stepped_gate = basic_gate<stepped_atomic>;
using program = interleavings::program;

const stepped_gate::clock::time_point now{};
constexpr auto slot = lease_kind::slot;
constexpr auto slotless = lease_kind::slotless;

void change(const std::function<void(shared_memory&)>& how) {
  (void)stepper::step([&](shared_memory& memory) {
    how(memory);
    return stepper::finding{};
  });
}

void tell(gate_notice owed, thread_record& self) {
  switch (owed) {
    case gate_notice::none:
      break;
    case gate_notice::slot_free:
      change([](shared_memory& memory) { ++memory.slots_freed; });
      break;
    case gate_notice::idle:
      ++self.idle_notices;
      change([](shared_memory& memory) { ++memory.idle; });
      break;
  }
}

void await_any_notice() {
  stepper::await([](const shared_memory& m) { return m.slots_freed + m.idle > 0; },
                 [](shared_memory& m) { --(m.slots_freed > 0 ? m.slots_freed : m.idle); });
}

void await_idle_notice() {
  stepper::await([](const shared_memory& m) { return m.idle > 0; },
                 [](shared_memory& m) { --m.idle; });
}

// Two steps, both inside the lease.
void use_process(lease_kind kind) {
  const auto users = [kind](shared_memory& m) -> std::uint64_t& {
    return kind == slot ? m.slots_in_use : m.others;
  };
  change([&](shared_memory& m) { ++users(m); });
  change([&](shared_memory& m) { --users(m); });
}

template <class Gate>
void use_and_leave(Gate& gate, lease_kind kind, thread_record& self) {
  use_process(kind);
  tell(gate.leave(kind, now), self);
}

template <class Gate = stepped_gate>
program data_thread(std::uint32_t capacity, lease_kind kind, int turns = 1) {
  return [=](thread_record& self) {
    Gate gate{capacity};
    for (int turn = 0; turn < turns; ++turn) {
      const auto [entered, owed] = gate.enter(kind, now);
      if (entered) {
        if (kind == slot) ++self.slots_entered;
        use_and_leave(gate, kind, self);
      } else {
        tell(owed, self);
      }
    }
  };
}

// Nobody may use the process from here to the next step.
void stop_process(thread_record& self) {
  self.is_stopping = true;
  change([](shared_memory&) {});
  self.is_stopping = false;
}

template <class Gate = stepped_gate>
void close_and_drain(Gate& gate, thread_record& self) {
  gate.close();
  if (gate.notify_when_idle()) {
    ++self.promised;
    await_idle_notice();
  }
  stop_process(self);
}

// As the controller does for somebody who waits: it looks, announces the queue, and looks again
// when it hears of something.
template <class Gate>
void serve_waiters(Gate& gate, int waiters, thread_record& self) {
  while (waiters > 0) {
    if (gate.enter_granted(slot, now)) {
      --waiters;
      use_and_leave(gate, slot, self);
      continue;
    }
    if (!self.announced) {
      const bool room = gate.announce_queue();
      self.announced = true;
      if (room) change([](shared_memory& m) { ++m.slots_freed; });
    }
    await_any_notice();
  }
  gate.dissolve_queue();
  self.announced = false;
}

shared_memory open_gate() {
  shared_memory memory;
  std::vector<stepper::finding> found;
  thread_record record;
  while (!record.ended)
    stepper::run([](thread_record&) { stepped_gate{}.open(); }, memory, found, record);
  return memory;
}

void expect(bool rule, const char* text) {
  if (!rule) throw broken_rule(text);
}

interleavings::rule rules(std::uint32_t capacity) {
  return [capacity](const shared_memory& memory, const thread_records& before,
                    const thread_records& after) {
    expect(memory.slots_in_use <= capacity, "no more slots are used than exist");
    const bool stopping = std::ranges::any_of(after, &thread_record::is_stopping);
    expect(!stopping || memory.slots_in_use + memory.others == 0,
           "nobody uses a process that is being stopped");
    const auto sum = [&after](auto member) {
      return std::accumulate(after.begin(), after.end(), 0,
                             [=](int n, const auto& record) { return n + record.*member; });
    };
    const auto notices = sum(&thread_record::idle_notices);
    const auto promised = sum(&thread_record::promised);
    if (std::ranges::all_of(after, &thread_record::ended))
      expect(notices == promised, "each promised notice of idleness is given, once");
    for (std::size_t i = 0; i < after.size(); ++i)
      expect(after[i].slots_entered == before[i].slots_entered ||
                 std::ranges::none_of(before, &thread_record::announced),
             "nobody overtakes the queue");
  };
}

void check_every_order(const std::string& what, std::uint32_t capacity,
                       std::vector<program> threads) {
  interleavings all(std::move(threads), rules(capacity));
  double orders = 0;
  CHECK_NOTHROW(orders = all.follow(open_gate()));
  CHECK_MESSAGE(orders > 100, what << ": " << orders << " orders, " << all.states() << " states");
}

}  // namespace

TEST_CASE("gate: in no order of operations are more slots taken than there are") {
  check_every_order("three for one slot", 1,
                    {data_thread(1, slot, 2), data_thread(1, slot, 2), data_thread(1, slot, 2)});
  check_every_order("three for two slots", 2,
                    {data_thread(2, slot, 2), data_thread(2, slot, 2), data_thread(2, slot)});
  check_every_order("two for one slot, one for none", 1,
                    {data_thread(1, slot, 2), data_thread(1, slot, 2), data_thread(1, slotless)});
}

TEST_CASE("gate: in no order is a lease held when a gate was closed because it was idle") {
  const auto evicting = [](thread_record& self) {
    stepped_gate gate{1};
    for (int i = 0; i < 2; ++i) {
      if (!gate.close_if_idle()) continue;
      stop_process(self);
      gate.open();
    }
  };
  check_every_order("two data threads and an eviction", 1,
                    {data_thread(1, slot, 2), data_thread(1, slotless), evicting});
}

TEST_CASE("gate: in no order is the notice of idleness lost, given twice, or given too early") {
  const auto draining = [](thread_record& self) {
    stepped_gate gate{1};
    close_and_drain(gate, self);
    gate.open();
    close_and_drain(gate, self);
  };
  check_every_order("two data threads and two drains", 1,
                    {data_thread(1, slot), data_thread(1, slotless), draining});
  const auto watching = [](thread_record& self) {
    stepped_gate gate{2};
    for (int i = 0; i < 2; ++i) {
      if (!gate.notify_when_idle()) continue;
      ++self.promised;
      await_idle_notice();
    }
  };
  check_every_order("two data threads and a watch", 2,
                    {data_thread(2, slot, 2), data_thread(2, slot), watching});
}

TEST_CASE("gate: in no order does a waiter miss the slot that it waits for, or is overtaken") {
  const auto serving = [](std::uint32_t capacity, int waiters) {
    return [=](thread_record& self) {
      stepped_gate gate{capacity};
      serve_waiters(gate, waiters, self);
    };
  };
  check_every_order("two data threads and two waiters for one slot", 1,
                    {data_thread(1, slot), data_thread(1, slot), serving(1, 2)});
  check_every_order("two data threads and a waiter for two slots", 2,
                    {data_thread(2, slot, 2), data_thread(2, slot), serving(2, 1)});
}

TEST_CASE("gate: in no order do the notices of idleness and of a free slot hide each other") {
  const auto watching = [](thread_record& self) {
    stepped_gate gate{1};
    if (gate.notify_when_idle()) ++self.promised;
    serve_waiters(gate, 1, self);
  };
  check_every_order("two data threads, a watch and a waiter", 1,
                    {data_thread(1, slot), data_thread(1, slotless), watching});
  const auto everything = [](thread_record& self) {
    stepped_gate gate{1};
    serve_waiters(gate, 1, self);
    close_and_drain(gate, self);
    gate.open();
  };
  check_every_order("two data threads, a waiter and a drain", 1,
                    {data_thread(1, slot), data_thread(1, slotless), everything});
}

// Gates with the mistakes that the orders above are to find.

namespace {

// Looks before it counts.
struct rash_gate : stepped_gate {
  explicit rash_gate(std::uint32_t limit) : stepped_gate(unlimited), limit_(limit) {}
  entry enter(lease_kind kind, clock::time_point at) {
    return slots_taken() < limit_ ? stepped_gate::enter(kind, at) : entry{};
  }

 private:
  std::uint32_t limit_;
};

// Looks before it closes.
struct careless_gate : stepped_gate {
  using stepped_gate::stepped_gate;
  bool close_if_idle() {
    if (leases() != 0) return false;
    close();
    return true;
  }
};

// Does not look whether there is room already.
struct deaf_gate : stepped_gate {
  using stepped_gate::stepped_gate;
  bool announce_queue() {
    (void)stepped_gate::announce_queue();
    return false;
  }
};

// Gives the notice of idleness without claiming it.
struct talkative_gate : stepped_gate {
  using stepped_gate::stepped_gate;
  gate_notice leave(lease_kind kind, clock::time_point at) {
    const auto owed = stepped_gate::leave(kind, at);
    return leases() == 0 ? gate_notice::idle : owed;
  }
};

}  // namespace

TEST_CASE("gate: the orders of operations find the mistakes that a gate can make") {
  const auto broken = [](std::vector<program> threads) {
    interleavings all(std::move(threads), rules(1));
    return all.follow(open_gate());
  };
  CHECK_THROWS_AS((void)broken({data_thread<rash_gate>(1, slot), data_thread<rash_gate>(1, slot)}),
                  broken_rule);
  CHECK_THROWS_AS((void)broken({data_thread(1, slot),
                                [](thread_record& self) {
                                  if (careless_gate gate{1}; gate.close_if_idle())
                                    stop_process(self);
                                }}),
                  broken_rule);
  CHECK_THROWS_AS((void)broken({data_thread(1, slot),
                                [](thread_record& self) {
                                  deaf_gate gate{1};
                                  serve_waiters(gate, 1, self);
                                }}),
                  broken_rule);
  CHECK_THROWS_AS((void)broken({data_thread<talkative_gate>(1, slot),
                                [](thread_record& self) {
                                  stepped_gate gate{1};
                                  close_and_drain(gate, self);
                                }}),
                  broken_rule);
}

}  // namespace rolecall::residency::tests
