// rolectl requests and trace.
#include "tests/integration/admin/rolectl_runs.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using test::admin_door;
using test::rolectl_at;
using test::scripted_fleet;

tracing::request_trace finished_request() {
  using namespace std::chrono_literals;
  const tracing::time_point start{1h};
  tracing::request_trace trace;
  trace.id = "r-1";
  trace.role = "frontdoor";
  trace.instance = "frontdoor";
  trace.route = "chat_completions";
  trace.outcome = "done";
  trace.status = 200;
  trace.arrived = std::chrono::system_clock::time_point{1'700'000'000s};
  trace.marks = {.started = start,
                 .received = start + 1s,
                 .waiting = {},
                 .waited = 3s,
                 .loading = 2s,
                 .admitted = start + 4s,
                 .taken = start + 5s,
                 .first = start + 7s,
                 .ended = start + 10s};
  trace.evicted = {"embedder"};
  trace.tokens.out = 30;
  return trace;
}

}  // namespace

TEST_CASE("rolectl: requests are listed, of one role, the slow ones, and as the daemon's JSON") {
  admin_door door;
  CHECK(rolectl_at(door, {"requests"}).out == "no requests\n");
  door.on_control([](scripted_fleet& fleet) { fleet.remembered = {finished_request()}; });
  const auto listed = rolectl_at(door, {"requests", "frontdoor", "--slow", "-n", "7"});
  CHECK(listed.code == 0);
  CHECK(listed.out.find("r-1") != std::string::npos);
  CHECK(listed.out.find("chat_completions") != std::string::npos);
  const auto query = door.on_control([](scripted_fleet& fleet) { return fleet.queries.back(); });
  CHECK(query.role == "frontdoor");
  CHECK(query.slow);
  CHECK(query.limit == 7);
  CHECK(rolectl_at(door, {"requests", "--json"}).out.starts_with(R"({"requests":[{"id":"r-1")"));
  CHECK(rolectl_at(door, {"requests", "-n", "0"}).code == 2);
}

TEST_CASE("rolectl: trace shows the phases of one request, and what made room for it") {
  admin_door door;
  door.on_control([](scripted_fleet& fleet) { fleet.remembered = {finished_request()}; });
  const auto shown = rolectl_at(door, {"trace", "r-1"});
  CHECK(shown.code == 0);
  CHECK(shown.out.find("  receive       1.0 s  10 %  |#####") != std::string::npos);
  CHECK(shown.out.find("  load          2.0 s  20 %  |") != std::string::npos);
  CHECK(shown.out.find("  generate      3.0 s  30 %  |") != std::string::npos);
  CHECK(shown.out.find("evicted   embedder, to make room for it\n") != std::string::npos);
  CHECK(shown.out.find("30 out at 10.0/s") != std::string::npos);
  CHECK(door.on_control([](scripted_fleet& fleet) { return fleet.queries.back().id; }) == "r-1");
  CHECK(rolectl_at(door, {"trace", "r-1", "--json"}).out.starts_with(R"({"requests":[)"));
}

TEST_CASE("rolectl: a request that is not remembered ends trace with 1") {
  const admin_door door;
  const auto result = rolectl_at(door, {"trace", "gone/1"});
  CHECK(result.code == 1);
  CHECK(result.out.empty());
  CHECK(result.err.find("'gone/1'") != std::string::npos);
}
