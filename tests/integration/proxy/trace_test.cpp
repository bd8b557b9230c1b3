// What is remembered of requests on their way through the front door.
#include "tests/integration/proxy/front_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using namespace rolecall::test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view chat_answer =
    R"({"choices":[{"message":{"role":"assistant","content":"hello"}}],"usage":)"
    R"({"completion_tokens":8,"prompt_tokens":19},"timings":{"cache_n":18,"prompt_n":1,)"
    R"("prompt_ms":0.5,"predicted_n":8,"predicted_ms":0.000001}})";

std::string with_trace(std::string post, std::string_view fields) {
  return post.insert(post.find("\r\n") + 2, fields);
}

double sum_of(const tracing::phase_times& phases) {
  double sum = 0;
  for (const auto& phase :
       {phases.receive, phases.queue, phases.load, phases.connect, phases.prompt, phases.generate})
    sum += phase.value_or(tracing::seconds{0}).count();
  return sum;
}

/// Of a request that has ended.
tracing::phase_times phases_of(const tracing::request_trace& trace) {
  return tracing::phases_of(trace.marks, trace.marks.ended);
}

}  // namespace

TEST_CASE("trace: a relayed request is remembered with role, instance, tokens, bytes and phases") {
  front_door door;
  const auto asked = front_door::post_text("gpt-4");
  auto client = door.connect();
  client.send(asked);
  auto upstream = door.solo.port.accept();
  const auto id = upstream.receive_message().field("X-Request-Id");
  upstream.send(answer_text(chat_answer));
  const auto answer = client.receive_message();
  door.stop();
  const auto told = door.remembered();
  REQUIRE(told.size() == 1);
  const auto& trace = told.front();
  CHECK(trace.id == id);
  CHECK(trace.trace_id == "");
  CHECK(trace.role == "solo");
  CHECK(trace.instance == "solo");
  CHECK(trace.route == "chat_completions");
  CHECK(trace.priority == "interactive");
  CHECK(trace.outcome == "answered");
  CHECK(trace.status == 200);
  CHECK(trace.key == "");
  CHECK(trace.retries == 0);
  CHECK(trace.tokens.in == 19);
  CHECK(trace.tokens.in_cached == 18);
  CHECK(trace.tokens.out == 8);
  CHECK(trace.bytes_in == asked.size());
  CHECK(trace.bytes_out == answer.head.size() + answer.body.size());
  CHECK(trace.evicted.empty());
  const auto phases = phases_of(trace);
  CHECK_FALSE(phases.queue);
  CHECK_FALSE(phases.load);
  REQUIRE(phases.connect);
  REQUIRE(phases.prompt);
  REQUIRE(phases.generate);  // from what the answer's timings tell
  CHECK(sum_of(phases) ==
        doctest::Approx(tracing::seconds{trace.total(trace.marks.ended)}.count()));
}

TEST_CASE("trace: an answer that does not tell when it began is all prompt") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  (void)upstream.receive_message();
  upstream.send(answer_text(R"({"usage":{"input_tokens":5,"output_tokens":2}})"));
  (void)client.receive_message();
  door.stop();
  const auto trace = door.remembered().at(0);
  CHECK(trace.tokens.in == 5);
  CHECK(phases_of(trace).prompt);
  CHECK_FALSE(phases_of(trace).generate);
}

TEST_CASE("trace: a stream generates from its first piece on") {
  front_door door;
  auto client = door.post("solo", R"(,"stream":true)");
  auto upstream = door.solo.port.accept();
  (void)upstream.receive_message();
  upstream.send(stream_head());
  (void)client.receive_to("\r\n\r\n");
  upstream.send(chunk("data: {\"choices\":[]}\n\n"));
  (void)client.receive_chunk();
  upstream.send(chunk("data: " + std::string{chat_answer} + "\n\n") + chunk("data: [DONE]\n\n") +
                std::string{last_chunk});
  while (!client.receive_chunk().empty()) {
  }
  door.stop();
  const auto trace = door.remembered().at(0);
  CHECK(trace.tokens.out == 8);
  CHECK(phases_of(trace).prompt.value_or(tracing::seconds{0}) > tracing::seconds{0});
  CHECK(phases_of(trace).generate.value_or(tracing::seconds{0}) > tracing::seconds{0});
}

TEST_CASE("trace: a request that is being answered is in flight") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  const auto id = upstream.receive_message().field("X-Request-Id");
  const auto told = door.traces.select({.id = id});
  REQUIRE(told.size() == 1);
  CHECK(told[0].is_in_flight());
  CHECK(told[0].outcome == "in_flight");
  CHECK(told[0].role == "solo");
  CHECK(told[0].instance == "solo");
  CHECK(told[0].status == 0);
  upstream.send(answer_text("{}"));
  (void)client.receive_message();
  door.stop();
  CHECK(door.remembered().at(0).outcome == "answered");
}

TEST_CASE("trace: a request that waits tells of the load and of who made room") {
  front_door door;
  auto client = door.post("cold");
  door.leases.wait_for_waiters(1);
  {
    const auto waiting = door.remembered().at(0);
    CHECK(waiting.is_in_flight());
    CHECK(waiting.instance == "");
    CHECK(tracing::phases_of(waiting.marks, std::chrono::steady_clock::now()).queue);
  }
  const auto story = door.leases.last_wish().story;
  REQUIRE(story != nullptr);
  story->load = 3600s;  // more than it waited: all of it
  story->evicted = {"worker", "vision"};
  door.leases.grant(door.cold.gate);
  auto upstream = door.cold.port.accept();
  (void)upstream.receive_message();
  upstream.send(answer_text(chat_answer));
  (void)client.receive_message();
  door.stop();
  const auto trace = door.remembered().at(0);
  CHECK(trace.role == "cold");
  CHECK(trace.instance == "cold");
  CHECK(trace.evicted == std::vector<std::string>{"worker", "vision"});
  const auto phases = phases_of(trace);
  REQUIRE(phases.load);
  CHECK(*phases.load > tracing::seconds{0});
  CHECK(phases.queue == tracing::seconds{0});
  CHECK(sum_of(phases) ==
        doctest::Approx(tracing::seconds{trace.total(trace.marks.ended)}.count()));
}

TEST_CASE("trace: a refusal after a wait tells of it, too") {
  front_door door;
  auto client = door.post("cold");
  door.leases.wait_for_waiters(1);
  door.leases.last_wish().story->evicted = {"worker"};
  door.leases.refuse({.code = proxy::refusal_code::role_failed, .message = "broken"});
  CHECK(client.receive_message().status() == 503);
  door.stop();
  const auto trace = door.remembered().at(0);
  CHECK(trace.outcome == "refused");
  CHECK(trace.status == 503);
  CHECK(trace.evicted == std::vector<std::string>{"worker"});
  CHECK(phases_of(trace).queue);
  CHECK_FALSE(phases_of(trace).connect);
}

TEST_CASE("trace: a client that leaves the queue is remembered") {
  front_door door;
  {
    auto client = door.post("cold");
    door.leases.wait_for_waiters(1);
  }
  door.leases.wait_for_withdrawals(1);
  door.stop();
  const auto trace = door.remembered().at(0);
  CHECK(trace.outcome == "client_gone");
  CHECK(trace.status == 0);
  CHECK(phases_of(trace).queue);
}

TEST_CASE("trace: what broke off is remembered as failed") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  (void)upstream.receive_message();
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome");
  (void)client.receive_to("some");
  upstream.close();
  (void)client.receive_all();
  door.stop();
  CHECK(door.remembered().at(0).outcome == "incomplete");
  CHECK(door.remembered().at(0).has_failed());
}

TEST_CASE("trace: a second try on another replica is counted, and the instance is the last one") {
  front_door door;
  door.twin_a.port.close();
  auto client = door.post("twin");
  auto upstream = door.twin_b.port.accept();
  (void)upstream.receive_message();
  upstream.send(answer_text("{}"));
  (void)client.receive_message();
  door.stop();
  const auto trace = door.remembered().at(0);
  CHECK(trace.retries == 1);
  CHECK(trace.instance == "twin-2");
}

TEST_CASE("trace: requests for nobody are remembered, looks at the front door's pages are not") {
  front_door door;
  auto client = door.connect();
  for (const char* target : {"/health", "/v1/models", "/nowhere"}) {
    client.send("GET " + std::string{target} + " HTTP/1.1\r\nHost: a\r\n\r\n");
    (void)client.receive_message();
  }
  door.stop();
  const auto told = door.remembered();
  REQUIRE(told.size() == 1);
  CHECK(told[0].outcome == "refused");
  CHECK(told[0].status == 404);
  CHECK(told[0].role == "");
  CHECK(told[0].route == "other");
}

TEST_CASE("trace: a request that never became whole is remembered") {
  front_door door;
  {
    auto client = door.connect();
    client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n{");
    client.end_sending();
    (void)client.receive_all();
  }
  door.stop();
  const auto trace = door.remembered().at(0);
  CHECK(trace.outcome == "client_gone");
  CHECK(phases_of(trace).receive);
  CHECK_FALSE(phases_of(trace).connect);
}

TEST_CASE("trace: requests of one connection are remembered one by one") {
  front_door door;
  auto client = door.connect();
  std::optional<peer> upstream;
  for (const char* id : {"first", "second"}) {
    client.send(
        with_trace(front_door::post_text("solo"), "X-Request-Id: " + std::string{id} + "\r\n"));
    if (!upstream) upstream = door.solo.port.accept();
    (void)upstream->receive_message();
    upstream->send(answer_text(std::string_view{id} == "first" ? chat_answer : "{}"));
    (void)client.receive_message();
  }
  door.stop();
  const auto told = door.remembered();
  REQUIRE(told.size() == 2);
  CHECK(told[0].id == "second");
  CHECK_FALSE(told[0].tokens.is_known());
  CHECK(told[1].id == "first");
  CHECK(told[1].tokens.is_known());
}

TEST_CASE("trace: OpenTelemetry's context is passed on, and a request is found by it") {
  const std::string trace_id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const std::string context = "traceparent: 00-" + trace_id +
                              "-00f067aa0ba902b7-01\r\ntracestate: rojo=1\r\nbaggage: a=b\r\n";
  front_door door;
  auto client = door.connect();
  client.send(with_trace(front_door::post_text("solo"), context));
  auto upstream = door.solo.port.accept();
  CHECK(upstream.receive_message().head.find("\r\n" + context) != std::string::npos);
  upstream.send(answer_text("{}"));
  (void)client.receive_message();
  door.stop();
  const auto found = door.traces.select({.id = trace_id});
  REQUIRE(found.size() == 1);
  CHECK(found[0].trace_id == trace_id);
}

TEST_CASE("trace: a context that is malformed, or there twice, is passed on and names no trace") {
  const std::string good =
      "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01\r\n";
  for (const auto& fields : {std::string{"traceparent: 00-zz-zz-01\r\n"}, good + good}) {
    front_door door;
    auto client = door.connect();
    client.send(with_trace(front_door::post_text("solo"), fields));
    auto upstream = door.solo.port.accept();
    CHECK(upstream.receive_message().head.find("\r\n" + fields) != std::string::npos);
    upstream.send(answer_text("{}"));
    (void)client.receive_message();
    door.stop();
    CHECK(door.remembered().at(0).trace_id == "");
  }
}

TEST_CASE("trace: without a place to remember them requests are served all the same") {
  front_door door({.remembers = false});
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  (void)upstream.receive_message();
  upstream.send(answer_text(chat_answer));
  CHECK(client.receive_message().status() == 200);
  door.stop();
  CHECK(door.remembered().empty());
  CHECK(door.metric(R"(rolecall_tokens_out_total{role="solo"})") == 8);
}
