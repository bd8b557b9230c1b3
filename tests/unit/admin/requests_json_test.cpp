#include "orchestrator/admin/requests_json.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using namespace std::chrono_literals;

namespace {

constexpr tracing::time_point begin{1000s};

tracing::request_trace answered() {
  return {.id = "r-1",
          .trace_id = "4bf92f3577b34da6a3ce929d0e0e4736",
          .role = "coder",
          .instance = "coder-2",
          .key = "ann",
          .role_id = 3,
          .route = "chat_completions",
          .priority = "interactive",
          .outcome = "answered",
          .status = 200,
          .arrived = std::chrono::system_clock::time_point{1'764'000'000'007ms},
          .marks = {.started = begin,
                    .received = begin + 1us,
                    .waiting = {},
                    .waited = 10s,
                    .loading = 7s,
                    .admitted = begin + 10s,
                    .taken = begin + 10s + 501us,
                    .first = begin + 12s,
                    .ended = begin + 20s},
          .evicted = {"worker", "vision"},
          .tokens = {.in = 19, .in_cached = 18, .out = 8, .generating = {}},
          .bytes_in = 123,
          .bytes_out = 4567,
          .retries = 1};
}

}  // namespace

TEST_CASE("requests JSON: a request tells everything, in a fixed order") {
  CHECK(admin::to_json({answered()}, begin + 999s) ==
        R"({"requests":[{"id":"r-1","trace_id":"4bf92f3577b34da6a3ce929d0e0e4736",)"
        R"("arrived":1764000000007,"role":"coder","instance":"coder-2",)"
        R"("route":"chat_completions","status":200,"outcome":"answered",)"
        R"("priority":"interactive","total_seconds":20.0,"phases":{"receive":0.000001,)"
        R"("queue":3.0,"load":7.0,"connect":0.0005,"prompt":1.999499,"generate":8.0},)"
        R"("evicted":["worker","vision"],"tokens_in":19,"tokens_in_cached":18,"tokens_out":8,)"
        R"("bytes_in":123,"bytes_out":4567,"retries":1,"key":"ann"}]})");
}

TEST_CASE("requests JSON: what is not known is null") {
  tracing::request_trace trace;
  trace.marks.started = begin;
  CHECK(admin::to_json({trace}, begin + 2s) ==
        R"({"requests":[{"id":null,"trace_id":null,"arrived":0,"role":null,"instance":null,)"
        R"("route":"other","status":null,"outcome":"in_flight","priority":null,)"
        R"("total_seconds":2.0,"phases":{"receive":2.0,"queue":null,"load":null,)"
        R"("connect":null,"prompt":null,"generate":null},"evicted":[],"tokens_in":null,)"
        R"("tokens_in_cached":null,"tokens_out":null,"bytes_in":0,"bytes_out":0,"retries":0,)"
        R"("key":null}]})");
}

TEST_CASE("requests JSON: none is an empty list, several keep their order") {
  CHECK(admin::to_json(std::vector<tracing::request_trace>{}, begin) == R"({"requests":[]})");
  auto second = answered();
  second.id = "r-2";
  const auto text = admin::to_json({answered(), second}, begin);
  CHECK(text.find("r-1") < text.find("r-2"));
}

TEST_CASE("requests JSON: an id that a client chose cannot break it") {
  auto trace = answered();
  trace.id = R"("},{"\\)";
  CHECK(admin::to_json({trace}, begin).find(R"("id":"\"},{\"\\\\")") != std::string::npos);
}
