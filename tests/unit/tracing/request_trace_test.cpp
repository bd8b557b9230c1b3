#include "orchestrator/tracing/request_trace.hpp"

#include <doctest/doctest.h>

using namespace rolecall::tracing;
using namespace std::chrono_literals;

namespace {

constexpr time_point begin{1000s};

// Received after 1 s, waited for 10 s, 7 of them while the role was loaded, sent 2 s later, its
// first token came 20 s after that, and its end 30 s after that.
request_marks long_way() {
  return {.started = begin,
          .received = begin + 1s,
          .waiting = {},
          .waited = 10s,
          .loading = 7s,
          .admitted = begin + 11s,
          .taken = begin + 13s,
          .first = begin + 33s,
          .ended = begin + 63s};
}

double sum_of(const phase_times& phases) {
  double sum = 0;
  for (const auto& phase :
       {phases.receive, phases.queue, phases.load, phases.connect, phases.prompt, phases.generate})
    sum += phase.value_or(seconds{0}).count();
  return sum;
}

}  // namespace

TEST_CASE("request trace: the phases add up to the request's time") {
  const auto phases = phases_of(long_way(), begin + 999s);
  CHECK(phases.receive == 1s);
  CHECK(phases.queue == 3s);
  CHECK(phases.load == 7s);
  CHECK(phases.connect == 2s);
  CHECK(phases.prompt == 20s);
  CHECK(phases.generate == 30s);
  CHECK(sum_of(phases) == 63);
}

TEST_CASE("request trace: a request that is admitted at once has neither queued nor loaded") {
  auto marks = long_way();
  marks.waited = marks.loading = {};
  marks.admitted = begin + 1s;
  const auto phases = phases_of(marks, begin + 999s);
  CHECK_FALSE(phases.queue);
  CHECK_FALSE(phases.load);
  CHECK(phases.connect == 12s);
  CHECK(sum_of(phases) == 63);
}

TEST_CASE("request trace: an answer that does not tell its first token was in its prompt phase") {
  auto marks = long_way();
  marks.first = {};
  const auto phases = phases_of(marks, begin + 999s);
  CHECK(phases.prompt == 50s);
  CHECK_FALSE(phases.generate);
  CHECK(sum_of(phases) == 63);
}

TEST_CASE("request trace: what is in flight is in the phase that has begun, up to now") {
  request_marks marks{.started = begin};
  auto phases = phases_of(marks, begin + 4s);
  CHECK(phases.receive == 4s);
  CHECK_FALSE(phases.queue);
  CHECK_FALSE(phases.connect);

  marks.received = begin + 1s;
  marks.waiting = begin + 1s;
  phases = phases_of(marks, begin + 4s);
  CHECK(phases.receive == 1s);
  CHECK(phases.queue == 3s);
  CHECK_FALSE(phases.connect);

  marks.waiting = {};
  marks.waited = 10s;
  marks.loading = 7s;
  marks.admitted = begin + 11s;
  phases = phases_of(marks, begin + 12s);
  CHECK(phases.queue == 3s);
  CHECK(phases.load == 7s);
  CHECK(phases.connect == 0s);
  CHECK(phases.prompt == 1s);
  CHECK_FALSE(phases.generate);

  marks.first = begin + 33s;
  CHECK(phases_of(marks, begin + 40s).generate == 7s);
}

TEST_CASE("request trace: one that waits a second time goes on queueing") {
  const request_marks marks{.started = begin,
                            .received = begin,
                            .waiting = begin + 20s,
                            .waited = 5s,
                            .admitted = begin + 5s};
  const auto phases = phases_of(marks, begin + 30s);
  CHECK(phases.queue == 15s);
  CHECK_FALSE(phases.connect);
}

TEST_CASE("request trace: one that no upstream took was connecting to its end") {
  auto marks = long_way();
  marks.taken = marks.first = {};
  const auto phases = phases_of(marks, begin + 999s);
  CHECK(phases.connect == 52s);
  CHECK_FALSE(phases.prompt);
  CHECK(sum_of(phases) == 63);
}

TEST_CASE("request trace: one that was refused while it waited has connected to nobody") {
  const request_marks marks{
      .started = begin, .received = begin + 1s, .waited = 4s, .ended = begin + 5s};
  const auto phases = phases_of(marks, begin + 999s);
  CHECK(phases.queue == 4s);
  CHECK_FALSE(phases.connect);
  CHECK(sum_of(phases) == 5);
}

TEST_CASE("request trace: faults of this side have failed, the client's have not") {
  request_trace trace;
  trace.outcome = "answered";
  trace.status = 200;
  CHECK_FALSE(trace.has_failed());
  trace.outcome = "refused";
  trace.status = 429;
  CHECK_FALSE(trace.has_failed());
  trace.status = 503;
  CHECK(trace.has_failed());
  trace.outcome = "client_gone";
  trace.status = 200;
  CHECK_FALSE(trace.has_failed());
  trace.outcome = "incomplete";
  CHECK(trace.has_failed());
}

TEST_CASE("request trace: its time goes on until it has ended") {
  request_trace trace;
  trace.marks.started = begin;
  CHECK(trace.is_in_flight());
  CHECK(trace.total(begin + 3s) == 3s);
  trace.marks.ended = begin + 2s;
  CHECK_FALSE(trace.is_in_flight());
  CHECK(trace.total(begin + 3s) == 2s);
}

TEST_CASE("request trace: a cleared one says nothing of the request before") {
  request_trace trace{.id = "a",
                      .trace_id = "b",
                      .role = "c",
                      .instance = "d",
                      .key = "e",
                      .role_id = 3,
                      .route = "messages",
                      .priority = "background",
                      .outcome = "answered",
                      .status = 200,
                      .arrived = std::chrono::system_clock::time_point{1s},
                      .marks = long_way(),
                      .evicted = {"f"},
                      .tokens = {.in = 1, .in_cached = 1, .out = 1, .generating = {}},
                      .bytes_in = 1,
                      .bytes_out = 1,
                      .retries = 1};
  trace.clear();
  for (const auto& text : {trace.id, trace.trace_id, trace.role, trace.instance, trace.key})
    CHECK(text.empty());
  CHECK(trace.role_id == request_trace::no_role);
  CHECK(trace.route == "other");
  CHECK(trace.priority.empty());
  CHECK(trace.outcome == in_flight_outcome);
  CHECK(trace.status == 0);
  CHECK(trace.arrived == std::chrono::system_clock::time_point{});
  CHECK(trace.is_in_flight());
  CHECK(trace.marks.waited == duration{0});
  CHECK(trace.evicted.empty());
  CHECK(trace.tokens == token_counts{});
  CHECK(trace.bytes_in + trace.bytes_out + trace.retries == 0);
}
