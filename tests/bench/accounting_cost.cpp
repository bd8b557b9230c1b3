// What metrics and traces cost a data thread: the calls that a session and its relay make for one
// request with an answer of 1 KiB, and for one piece of an event stream. CPU time of one thread;
// docs/benchmarks.md has what a request costs in all.

#include "orchestrator/metrics/catalogue.hpp"
#include "orchestrator/proxy/answer_meter.hpp"
#include "orchestrator/proxy/inference_route.hpp"
#include "orchestrator/tracing/open_trace.hpp"
#include "orchestrator/tracing/request_traces.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string>

#include <time.h>

namespace {

using namespace rolecall;
using std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr int runs = 21;
constexpr int times = 20'000;
constexpr const char* role = "coder_escalation";

double cpu_nanoseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

/// Median of the CPU time of one call.
template <typename Function>
double nanoseconds_of(Function what) {
  std::array<double, runs> measured{};
  for (auto& one : measured) {
    const auto before = cpu_nanoseconds();
    for (int i = 0; i < times; ++i) what();
    one = (cpu_nanoseconds() - before) / times;
  }
  std::ranges::nth_element(measured, measured.begin() + runs / 2);
  return measured[runs / 2];
}

std::string answer() {
  const std::string end =
      R"("}}],"created":1795316301,"model":"m","object":"chat.completion","usage":)"
      R"({"completion_tokens":8,"prompt_tokens":19,"total_tokens":27,"prompt_tokens_details":)"
      R"({"cached_tokens":18}},"id":"chatcmpl-v86vjbqtl28BP5qXI0e1cdWLzx9yHXYJ","timings":)"
      R"({"cache_n":18,"prompt_n":1,"prompt_ms":10.917,"prompt_per_token_ms":10.917,)"
      R"("prompt_per_second":91.60025648071814,"predicted_n":8,"predicted_ms":2.477,)"
      R"("predicted_per_token_ms":0.3538571428571428,"predicted_per_second":2825.9991925716595}})";
  std::string text = R"({"choices":[{"index":0,"message":{"role":"assistant","content":")";
  text.append(1024 - text.size() - end.size(), 'a');
  return text + end;
}

proxy::response_head head_of(std::string_view type) {
  proxy::response_head head;
  head.status = 200;
  head.fields.add(boost::beast::http::field::server, "Server", "llama.cpp");
  head.fields.add(boost::beast::http::field::content_type, "Content-Type", type);
  return head;
}

void count(metrics::catalogue& all) {
  auto& counted = all.of(role);
  counted.in_flight(1);
  counted.first_byte(3ms);
  counted.tokens(19, 18, 8);
  counted.in_flight(-1);
  counted.transferred(1200, 1300);
  counted.request_finished(proxy::route_word("/v1/chat/completions"), 200, 12ms);
}

void remember(tracing::open_trace& trace, tracing::time_point now) {
  trace.begin({.id = "0123456789abcdef0123456789abcdef",
               .role = role,
               .role_id = 3,
               .key = "nightly",
               .route = "chat_completions",
               .priority = "interactive",
               .started = now,
               .received = now,
               .instance = role,
               .bytes_in = 1200});
  trace.end({.instance = role,
             .outcome = "answered",
             .status = 200,
             .taken = now,
             .first = now,
             .ended = now + 12ms,
             .tokens = {.in = 19, .in_cached = 18, .out = 8, .generating = {}},
             .bytes_out = 1300});
}

}  // namespace

int main() {
  metrics::catalogue all;
  tracing::request_traces traces(1);
  tracing::open_trace trace(&traces.of_thread(0));
  proxy::answer_ends ends;
  const auto json = head_of("application/json; charset=utf-8");
  const auto stream = head_of("text/event-stream");
  const auto text = answer();
  const std::vector<boost::asio::const_buffer> whole = {{text.data(), text.size()}};
  const std::vector<boost::asio::const_buffer> event = {{text.data(), 150}};
  auto now = steady_clock::now();
  std::uint64_t tokens = 0;

  const auto counting = nanoseconds_of([&] { count(all); });
  const auto remembering = nanoseconds_of([&] { remember(trace, now += 1us); });
  const auto reading = nanoseconds_of([&] {
    proxy::answer_meter meter(ends);
    meter.begin(json, true);
    meter.pass(whole);
    tokens += meter.tokens().out.value_or(0);
  });
  // One more than a session looks at without any of this: when an upstream had the request.
  const auto looking = nanoseconds_of([&] { now = std::max(now, steady_clock::now()); });
  proxy::answer_meter streamed(ends);
  streamed.begin(stream, true);
  const auto piece = nanoseconds_of([&] {
    streamed.pass(event);
    (void)streamed.passed(now += 10ms);
  });

  std::printf("a request: metrics %.0f ns, trace %.0f ns, tokens of its answer %.0f ns, ", counting,
              remembering, reading);
  std::printf("a clock %.0f ns: %.0f ns in all\n", looking,
              counting + remembering + reading + looking);
  std::printf("a piece of a stream: %.0f ns\n", piece);
  return tokens == 0 ? 1 : 0;
}
