#include "orchestrator/tracing/open_trace.hpp"

#include <doctest/doctest.h>

using namespace rolecall::tracing;
using namespace std::chrono_literals;

namespace {

constexpr time_point begin{1000s};

std::vector<request_trace> all_of(const request_ring& ring) {
  std::vector<request_trace> found;
  ring.select({}, begin + 100s, found);
  return found;
}

}  // namespace

TEST_CASE("open trace: a request is in flight from its beginning to its end") {
  request_ring ring;
  open_trace trace(&ring);
  CHECK(all_of(ring).empty());
  trace.begin({.id = "r-1",
               .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
               .role = "coder",
               .role_id = 2,
               .key = "ann",
               .route = "messages",
               .priority = "interactive",
               .started = begin,
               .received = begin + 1s,
               .bytes_in = 123});
  CHECK(trace.is_open());
  auto told = all_of(ring);
  REQUIRE(told.size() == 1);
  CHECK(told[0].is_in_flight());
  CHECK(told[0].outcome == "in_flight");
  CHECK(told[0].id == "r-1");
  CHECK(told[0].trace_id == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(told[0].role == "coder");
  CHECK(told[0].key == "ann");
  CHECK(told[0].route == "messages");
  CHECK(told[0].priority == "interactive");
  CHECK(told[0].bytes_in == 123);

  trace.end({.instance = "coder-2",
             .outcome = "answered",
             .status = 200,
             .ended = begin + 9s,
             .tokens = {.in = 3, .in_cached = 1, .out = 2, .generating = {}},
             .bytes_out = 456,
             .retries = 1});
  CHECK_FALSE(trace.is_open());
  told = all_of(ring);
  REQUIRE(told.size() == 1);
  CHECK_FALSE(told[0].is_in_flight());
  CHECK(told[0].instance == "coder-2");
  CHECK(told[0].outcome == "answered");
  CHECK(told[0].status == 200);
  CHECK(told[0].total(begin + 100s) == 9s);
  CHECK(told[0].tokens.out == 2);
  CHECK(told[0].bytes_out == 456);
  CHECK(told[0].retries == 1);
}

TEST_CASE(
    "open trace: a request that is admitted at once is with its instance from the beginning") {
  request_ring ring;
  open_trace trace(&ring);
  trace.begin({.id = "r-1", .started = begin, .received = begin + 1s, .instance = "coder-2"});
  const auto told = all_of(ring).at(0);
  CHECK(told.instance == "coder-2");
  CHECK(phases_of(told.marks, begin + 9s).prompt == 8s);
}

TEST_CASE("open trace: a first token that is known only at the end is told then") {
  request_ring ring;
  open_trace trace(&ring);
  trace.begin({.id = "r-1", .started = begin, .received = begin});
  trace.admitted("coder", begin);
  trace.end({.outcome = "answered", .taken = begin + 1s, .first = begin + 4s, .ended = begin + 9s});
  const auto phases = phases_of(all_of(ring).at(0).marks, begin + 9s);
  CHECK(phases.prompt == 3s);
  CHECK(phases.generate == 5s);
}

TEST_CASE("open trace: every step is seen while the request is under way") {
  request_ring ring;
  open_trace trace(&ring);
  trace.begin({.id = "r-1", .started = begin, .received = begin + 1s});
  const auto phases = [&] { return phases_of(all_of(ring).at(0).marks, begin + 100s); };
  trace.waits(begin + 1s);
  CHECK(phases().queue == 99s);
  trace.waited(10s, 7s, {"worker", "vision"});
  CHECK(phases().queue == 3s);
  CHECK(phases().load == 7s);
  CHECK(all_of(ring).at(0).evicted == std::vector<std::string>{"worker", "vision"});
  trace.admitted("coder-1", begin + 11s);
  CHECK(all_of(ring).at(0).instance == "coder-1");
  CHECK(phases().connect == 0s);
  CHECK(phases().prompt == 89s);
  trace.answered(begin + 33s);
  CHECK(phases().prompt == 22s);
  CHECK(phases().generate == 67s);
  trace.end({.outcome = "answered", .taken = begin + 13s, .ended = begin + 50s});
  CHECK(phases().connect == 2s);
  CHECK(phases().prompt == 20s);
  CHECK(phases().generate == 17s);
}

TEST_CASE("open trace: a request that waits twice has waited for both, with all that left for it") {
  request_ring ring;
  open_trace trace(&ring);
  trace.begin({.id = "r-1", .started = begin, .received = begin});
  trace.waits(begin);
  trace.waited(4s, 1s, {"worker"});
  trace.admitted("coder-1", begin + 4s);
  trace.waits(begin + 5s);
  CHECK_FALSE(phases_of(all_of(ring).at(0).marks, begin + 9s).connect);
  trace.waited(6s, 2s, {"vision"});
  const auto told = all_of(ring).at(0);
  CHECK(told.marks.waited == 10s);
  CHECK(told.marks.loading == 3s);
  CHECK(told.evicted == std::vector<std::string>{"worker", "vision"});
}

TEST_CASE("open trace: a load longer than the wait took the whole wait") {
  request_ring ring;
  open_trace trace(&ring);
  trace.begin({.id = "r-1", .started = begin, .received = begin});
  trace.waits(begin);
  trace.waited(4s, 400s, {});
  CHECK(all_of(ring).at(0).marks.loading == 4s);
}

TEST_CASE("open trace: the next request of a connection knows nothing of the one before") {
  request_ring ring;
  open_trace trace(&ring);
  for (const char* id : {"a", "b"}) {
    trace.begin({.id = id, .started = begin});
    trace.waits(begin);
    trace.waited(1s, 1s, {"worker"});
    trace.end({.outcome = "answered", .ended = begin + 1s});
  }
  const auto told = all_of(ring);
  REQUIRE(told.size() == 2);
  for (const auto& each : told) CHECK(each.evicted.size() == 1);
}

TEST_CASE("open trace: a request whose end nobody tells is forgotten") {
  request_ring ring;
  {
    open_trace trace(&ring);
    trace.begin({.id = "lost", .started = begin});
    CHECK(all_of(ring).size() == 1);
  }
  CHECK(all_of(ring).empty());
  open_trace trace(&ring);
  trace.begin({.id = "lost", .started = begin});
  trace.begin({.id = "next", .started = begin});
  REQUIRE(all_of(ring).size() == 1);
  CHECK(all_of(ring).at(0).id == "next");
}

TEST_CASE("open trace: without a ring, and before its beginning, nothing is told") {
  request_ring ring;
  for (auto* to : {static_cast<request_ring*>(nullptr), &ring}) {
    open_trace trace(to);
    if (to == nullptr) trace.begin({.id = "r-1"});
    CHECK_FALSE(trace.is_open());
    trace.waits(begin);
    trace.waited(1s, 1s, {});
    trace.admitted("coder-1", begin);
    trace.answered(begin);
    trace.end({.outcome = "answered", .ended = begin});
  }
  CHECK(all_of(ring).empty());
}
