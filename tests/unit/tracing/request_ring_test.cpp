#include "orchestrator/tracing/open_trace.hpp"
#include "orchestrator/tracing/request_traces.hpp"

#include <set>

#include <doctest/doctest.h>

using namespace rolecall::tracing;
using namespace std::chrono_literals;

namespace {

constexpr time_point begin{1'000'000s};

struct ended_request {
  std::string id = {};
  std::string role = "coder";
  std::uint32_t role_id = 0;
  duration took = 10ms;
  unsigned status = 200;
  std::string_view outcome = "answered";
};

/// A ring, and requests that end one after another.
struct filled_ring {
  request_ring ring;
  time_point now = begin;

  void add(const ended_request& what) {
    open_trace trace(&ring);
    trace.begin({.id = what.id,
                 .role = what.role,
                 .role_id = what.role_id,
                 .started = now,
                 .received = now});
    now += what.took;
    trace.end({.outcome = what.outcome, .status = what.status, .ended = now});
  }
  void add_quick_ones(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) add({.id = "quick"});
  }
  [[nodiscard]] std::vector<request_trace> all(request_query query = {}) const {
    query.limit = 100'000;
    std::vector<request_trace> found;
    ring.select(query, now, found);
    return found;
  }
  [[nodiscard]] std::multiset<std::string> ids(const request_query& query = {}) const {
    std::multiset<std::string> found;
    for (const auto& trace : all(query)) found.insert(trace.id);
    return found;
  }
};

}  // namespace

TEST_CASE("request ring: the latest come first, as many as are asked for") {
  filled_ring filled;
  for (const char* id : {"a", "b", "c"}) filled.add({.id = id});
  std::vector<request_trace> found;
  filled.ring.select({.limit = 2}, filled.now, found);
  REQUIRE(found.size() == 2);
  CHECK(found[0].id == "c");
  CHECK(found[1].id == "b");
}

TEST_CASE("request ring: the slowest come first when they are asked for") {
  filled_ring filled;
  filled.add({.id = "long", .took = 3s});
  filled.add({.id = "short", .took = 1s});
  filled.add({.id = "longest", .took = 9s});
  std::vector<request_trace> found;
  filled.ring.select({.limit = 2, .slow = true}, filled.now, found);
  REQUIRE(found.size() == 2);
  CHECK(found[0].id == "longest");
  CHECK(found[1].id == "long");
}

TEST_CASE("request ring: requests are found by role, by id and by the id of their trace") {
  filled_ring filled;
  filled.add({.id = "a", .role = "coder"});
  filled.add({.id = "b", .role = "embedder", .role_id = 1});
  open_trace traced(&filled.ring);
  traced.begin({.id = "c", .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736", .role = "coder"});
  CHECK(filled.ids({.role = "coder"}) == std::multiset<std::string>{"a", "c"});
  CHECK(filled.ids({.id = "b"}) == std::multiset<std::string>{"b"});
  CHECK(filled.ids({.id = "4bf92f3577b34da6a3ce929d0e0e4736"}) == std::multiset<std::string>{"c"});
  CHECK(filled.ids({.role = "embedder", .id = "a"}).empty());
  CHECK(filled.ids({.id = "nobody"}).empty());
}

TEST_CASE("request ring: it is bounded, and the oldest leave") {
  filled_ring filled;
  filled.add({.id = "first", .role_id = request_trace::no_role});
  for (std::size_t i = 0; i < 5 * request_ring::most_recent; ++i)
    filled.add({.id = "later", .role_id = static_cast<std::uint32_t>(i % 2)});
  CHECK(filled.ids().count("first") == 0);
  CHECK(filled.all().size() == request_ring::most_recent + 2 * slow_requests::most_slow);
}

TEST_CASE("request ring: quick requests do not push out a slow one") {
  filled_ring filled;
  filled.add({.id = "slow", .took = 5s});
  filled.add_quick_ones(10 * request_ring::most_recent);
  CHECK(filled.ids().count("slow") == 1);
}

TEST_CASE("request ring: of each role the slowest are kept, whatever other roles take") {
  filled_ring filled;
  filled.add({.id = "slow embedding", .role = "embedder", .role_id = 7, .took = 1s});
  for (std::size_t i = 0; i < 3 * slow_requests::most_slow; ++i)
    filled.add({.id = "answer " + std::to_string(i), .took = std::chrono::seconds{10 + i}});
  filled.add_quick_ones(request_ring::most_recent);
  const auto kept = filled.ids();
  CHECK(kept.count("slow embedding") == 1);
  for (std::size_t i = 0; i < 3 * slow_requests::most_slow; ++i)
    CHECK(kept.count("answer " + std::to_string(i)) == (i < 2 * slow_requests::most_slow ? 0 : 1));
}

TEST_CASE("request ring: a slow one makes room after an hour, and not before") {
  filled_ring filled;
  for (std::size_t i = 0; i < slow_requests::most_slow; ++i) filled.add({.id = "old", .took = 30s});
  filled.add({.id = "young", .took = 20s});
  filled.now += 30min;
  filled.add_quick_ones(request_ring::most_recent);  // "young" is shorter than all that are kept
  CHECK(filled.ids().count("young") == 0);
  CHECK(filled.ids().count("old") == slow_requests::most_slow);
  filled.now += 1h;
  filled.add({.id = "younger", .took = 20s});
  filled.add_quick_ones(request_ring::most_recent);
  CHECK(filled.ids().count("younger") == 1);
  CHECK(filled.ids().count("old") < slow_requests::most_slow);
}

TEST_CASE("request ring: the last that failed are kept, and do not push out slow ones") {
  filled_ring filled;
  filled.add({.id = "slow", .took = 5s});
  filled.add({.id = "broken", .outcome = "incomplete"});
  filled.add_quick_ones(request_ring::most_recent);
  CHECK(filled.ids().count("broken") == 1);
  for (std::size_t i = 0; i < 2 * slow_requests::most_failed; ++i)
    filled.add({.id = "failed " + std::to_string(i), .took = 60s, .status = 502});
  filled.add_quick_ones(request_ring::most_recent);
  const auto kept = filled.ids();
  CHECK(kept.count("slow") == 1);
  CHECK(kept.count("broken") == 0);
  CHECK(kept.count("failed 0") == 0);
  CHECK(kept.count("failed " + std::to_string(2 * slow_requests::most_failed - 1)) == 1);
}

TEST_CASE("request ring: what was for no role is remembered for a while and not kept") {
  filled_ring filled;
  filled.add({.id = "stranger",
              .role = "",
              .role_id = request_trace::no_role,
              .took = 60s,
              .status = 503,
              .outcome = "refused"});
  CHECK(filled.ids().count("stranger") == 1);
  filled.add_quick_ones(request_ring::most_recent);
  CHECK(filled.ids().count("stranger") == 0);
}

TEST_CASE("request traces: what several data threads remember is told as one") {
  request_traces traces(2);
  const auto add = [&](std::size_t thread, const char* id, duration at) {
    open_trace trace(&traces.of_thread(thread));
    trace.begin({.id = id, .role = "coder", .role_id = 0, .started = begin + at});
    trace.end({.outcome = "answered", .status = 200, .ended = begin + 100s});
  };
  add(0, "a", 1s);
  add(1, "b", 2s);
  add(0, "c", 3s);
  add(1, "d", 4s);
  const auto latest = traces.select({.limit = 3}, begin + 100s);
  REQUIRE(latest.size() == 3);
  CHECK(latest[0].id == "d");
  CHECK(latest[1].id == "c");
  CHECK(latest[2].id == "b");
  const auto slowest = traces.select({.limit = 2, .slow = true}, begin + 100s);
  REQUIRE(slowest.size() == 2);
  CHECK(slowest[0].id == "a");
  CHECK(slowest[1].id == "b");
}

TEST_CASE("request traces: a request's arrival is told by the calendar") {
  request_traces traces(1);
  open_trace trace(&traces.of_thread(0));
  trace.begin({.id = "a", .started = begin - 1h});
  const auto before = std::chrono::system_clock::now();
  const auto told = traces.select({}, begin).at(0);
  CHECK(told.arrived >= before - 1h);
  CHECK(told.arrived <= std::chrono::system_clock::now() - 1h);
}

TEST_CASE("request traces: a thread more than was expected shares a ring") {
  request_traces traces(0);
  CHECK(&traces.of_thread(0) == &traces.of_thread(3));
}
