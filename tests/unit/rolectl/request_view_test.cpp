#include "tools/rolectl/request_view.hpp"

#include "tools/rolectl/text_columns.hpp"

#include <sstream>

#include <doctest/doctest.h>

namespace {

using namespace rolecall::rolectl;

// As GET /admin/requests answers.
constexpr const char* two_requests =
    R"({"requests":[{"id":"done-1","trace_id":"0af7651916cd43dd8448eb211c80319c",)"
    R"("arrived":1700000000123,"role":"worker_math","instance":"worker_general","route":)"
    R"("chat_completions","status":200,"outcome":"done","priority":"interactive",)"
    R"("total_seconds":20,"phases":{"receive":0.5,"queue":2,"load":10,"connect":0.5,"prompt":2,)"
    R"("generate":5},"evicted":["architect","vision"],"tokens_in":300,"tokens_in_cached":100,)"
    R"("tokens_out":50,"bytes_in":2048,"bytes_out":4096,"retries":1,"key":"alice"},)"
    R"({"id":"now-2","trace_id":null,"arrived":1700000060000,"role":"coder","instance":null,)"
    R"("route":"completions","status":null,"outcome":"in_flight","priority":null,)"
    R"("total_seconds":3.25,"phases":{"receive":0.25,"queue":3,"load":null,"connect":null,)"
    R"("prompt":null,"generate":null},"evicted":[],"tokens_in":null,"tokens_in_cached":null,)"
    R"("tokens_out":null,"bytes_in":10,"bytes_out":0,"retries":0,"key":null}]})";

std::vector<request_record> both() {
  auto requests = read_requests(two_requests);
  REQUIRE(requests);
  REQUIRE(requests->size() == 2);
  return *requests;
}

}  // namespace

TEST_CASE("rolectl requests: the daemon's answer is read, absent values as absent") {
  const auto requests = both();
  const auto& done = requests[0];
  CHECK(done.id == "done-1");
  CHECK(done.trace_id == "0af7651916cd43dd8448eb211c80319c");
  CHECK(done.arrived == 1'700'000'000'123);
  CHECK(done.status == 200);
  CHECK(done.phases[2] == 10.0);
  CHECK(done.evicted == std::vector<std::string>{"architect", "vision"});
  CHECK(done.tokens_in_cached == 100);
  CHECK(done.key == "alice");
  CHECK_FALSE(done.is_running());
  const auto& running = requests[1];
  CHECK(running.is_running());
  CHECK(running.status == 0);
  CHECK(running.trace_id.empty());
  CHECK_FALSE(running.phases[2]);
  CHECK_FALSE(running.tokens_in);
}

TEST_CASE("rolectl requests: what is no list of requests is told from an empty one") {
  CHECK(read_requests(R"({"requests":[]})")->empty());
  CHECK_FALSE(read_requests("").has_value());
  CHECK_FALSE(read_requests("[]").has_value());
  CHECK_FALSE(read_requests(R"({"requests":3})").has_value());
  // Members of another kind are as if they were not there.
  const auto odd = read_requests(R"({"requests":[{"id":7,"status":"x","phases":[],"evicted":1}]})");
  REQUIRE(odd);
  CHECK(odd->front().id.empty());
  CHECK(odd->front().status == 0);
}

TEST_CASE("rolectl requests: speeds are of what was generated and of what was not in the cache") {
  const auto requests = both();
  CHECK(generation_speed(requests[0]) == 10.0);
  CHECK(prompt_speed(requests[0]) == 100.0);
  CHECK_FALSE(generation_speed(requests[1]));
  CHECK_FALSE(prompt_speed(requests[1]));
}

TEST_CASE("rolectl requests: running ones come first, the others in the daemon's order") {
  auto requests = both();
  auto refused = requests[0];
  refused.id = "refused-3";
  refused.status = 429;
  refused.outcome = "queue_full";
  refused.phases = {};
  refused.tokens_out.reset();
  refused.total_seconds = 0.001;
  requests.insert(requests.begin(), refused);
  CHECK(
      requests_text(requests, 1'700'000'070'123, {}) ==
      "REQUEST    AGE  ROLE         ROUTE              TOTAL  QUEUE    LOAD   FIRST  TOKENS   T/S  "
      "OUTCOME\n"
      "now-2      10s  coder        completions        3.2 s  3.0 s                                "
      "running\n"
      "refused-3   1m  worker_math  chat_completions    1 ms                                       "
      "429 queue_full\n"
      "done-1      1m  worker_math  chat_completions  20.0 s  2.0 s  10.0 s  15.0 s      50  10.0  "
      "200 done\n");
  CHECK(requests_text({}, 0, {}) == "no requests\n");
}

TEST_CASE("rolectl requests: no line is wider than the screen, and colour tells what went wrong") {
  const screen on{.is_terminal = true, .colour = true, .draws = true, .width = 60, .height = 24};
  auto requests = both();
  requests[0].status = 500;
  const auto text = requests_text(requests, 1'700'000'070'123, on);
  CHECK(text.find("\033[31m500 done") != std::string::npos);
  const screen plain{.is_terminal = true, .draws = true, .width = 60, .height = 24};
  std::istringstream lines{requests_text(requests, 1'700'000'070'123, plain)};
  for (std::string line; std::getline(lines, line);) CHECK(display_width(line) <= 60);
}

TEST_CASE("rolectl trace: each phase has its bar at its place in time, its time and its share") {
  CHECK(trace_text(both()[0], {}) ==
        "request done-1  200 done\n"
        "  arrived   2023-11-14T22:13:20.123Z\n"
        "  role      worker_math\n"
        "  instance  worker_general\n"
        "  route     chat_completions\n"
        "  priority  interactive\n"
        "  key       alice\n"
        "  trace     0af7651916cd43dd8448eb211c80319c\n"
        "  retries   1\n"
        "  evicted   architect, vision, to make room for it\n"
        "\n"
        "  receive      500 ms   3 %  |#                                                 |\n"
        "  queue         2.0 s  10 %  | #####                                            |\n"
        "  load         10.0 s  50 %  |      #########################                   |\n"
        "  connect      500 ms   3 %  |                               ##                 |\n"
        "  prompt        2.0 s  10 %  |                                 #####            |\n"
        "  generate      5.0 s  25 %  |                                      ############|\n"
        "  total        20.0 s\n"
        "\n"
        "  tokens    300 in (100 from the cache) at 100/s, 50 out at 10.0/s\n"
        "  bytes     2.0 KiB in, 4.0 KiB out\n");
}

TEST_CASE("rolectl trace: of a request that runs there is as much as it has done") {
  const auto text = trace_text(both()[1], {});
  CHECK(text.starts_with("request now-2  still running\n"));
  CHECK(text.find("  load              -\n") != std::string::npos);
  CHECK(text.find("  total         3.2 s\n") != std::string::npos);
  CHECK(text.find("tokens") == std::string::npos);
}

TEST_CASE("rolectl trace: bars shrink with the screen, and the shortest phase is still seen") {
  auto request = both()[0];
  request.phases[0] = 0.000001;
  for (const int width : {50, 60, 80, 120}) {
    const screen on{.is_terminal = true, .draws = true, .ascii = true, .width = width};
    std::istringstream lines{trace_text(request, on)};
    CAPTURE(width);
    for (std::string line; std::getline(lines, line);) {
      if (line.find('|') == std::string::npos) continue;
      CHECK(display_width(line) <= static_cast<std::size_t>(width));
      CHECK(line.find('#') != std::string::npos);
    }
  }
}

TEST_CASE("rolectl trace: what a client chose cannot drive the terminal") {
  auto request = both()[0];
  request.id = "\033[2Jevil\nline";
  const screen on{.is_terminal = true, .colour = false, .draws = true, .width = 80};
  const auto text = trace_text(request, on);
  CHECK(text.find('\033') == std::string::npos);
  CHECK(text.starts_with("request [2Jevil  200"));
}
