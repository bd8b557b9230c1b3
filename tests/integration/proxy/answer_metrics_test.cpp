// What the metrics count of answers on their way through the front door.
#include "tests/integration/proxy/front_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;

namespace {

constexpr std::string_view timings =
    R"("timings":{"cache_n":18,"prompt_n":1,"predicted_n":8,"predicted_ms":2.5})";

/// One request for solo, answered so; the counts are complete.
struct counted_answer {
  front_door door;
  std::string asked = front_door::post_text("solo");
  wire_message received;

  explicit counted_answer(const std::string& answer) {
    auto client = door.connect();
    client.send(asked);
    auto upstream = door.solo.port.accept();
    (void)upstream.receive_message();
    upstream.send(answer);
    received = client.receive_message();
    door.stop();
  }
  [[nodiscard]] double count(const std::string& name) const {
    return door.metric("rolecall_" + name + R"({role="solo"})");
  }
};

}  // namespace

TEST_CASE("metrics: an answer's tokens are counted as it tells them") {
  const counted_answer answer(answer_text("{" + std::string{timings} + "}"));
  CHECK(answer.count("tokens_in_total") == 19);
  CHECK(answer.count("tokens_in_cached_total") == 18);
  CHECK(answer.count("tokens_out_total") == 8);
}

TEST_CASE("metrics: what a model says, an error and a compressed answer count no tokens") {
  const auto whole = "{" + std::string{timings} + "}";
  const std::string quoted = R"({"content":"{\"timings\":{\"prompt_n\":1,\"predicted_n\":8}}"})";
  for (const auto& text :
       {answer_text(quoted), answer_text(whole, "400 Bad Request"),
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\n"
        "Content-Length: " +
            std::to_string(whole.size()) + "\r\n\r\n" + whole}) {
    const counted_answer answer(text);
    CHECK(answer.received.complete);
    CHECK(answer.count("tokens_out_total") == 0);
  }
}

TEST_CASE("metrics: bytes are counted on the client's side, heads included") {
  const counted_answer answer(answer_text("{}"));
  CHECK(answer.count("received_bytes_total") == static_cast<double>(answer.asked.size()));
  CHECK(answer.count("sent_bytes_total") ==
        static_cast<double>(answer.received.head.size() + answer.received.body.size()));
}

TEST_CASE("metrics: requests are counted by route") {
  const counted_answer answer(answer_text("{}"));
  CHECK(answer.door.metric(
            R"(rolecall_requests_total{role="solo",route="chat_completions",status="200"})") == 1);
}

TEST_CASE("metrics: a stream has a first token, and a gap before each piece after it") {
  front_door door;
  auto client = door.post("solo", R"(,"stream":true)");
  auto upstream = door.solo.port.accept();
  (void)upstream.receive_message();
  upstream.send(stream_head());
  (void)client.receive_to("\r\n\r\n");
  for (int i = 0; i < 5; ++i) {
    upstream.send(chunk("data: {}\n\n"));
    CHECK_FALSE(client.receive_chunk().empty());
  }
  upstream.send(last_chunk);
  CHECK(client.receive_chunk().empty());
  door.stop();
  CHECK(door.metric(R"(rolecall_time_to_first_token_seconds_count{role="solo"})") == 1);
  CHECK(door.metric(R"(rolecall_inter_token_gap_seconds_count{role="solo"})") == 4);
}

TEST_CASE("metrics: an answer that is no stream has neither first token nor gaps") {
  const counted_answer answer(answer_text("{" + std::string{timings} + "}"));
  CHECK(answer.count("time_to_first_token_seconds_count") == 0);
  CHECK(answer.count("inter_token_gap_seconds_count") == 0);
  CHECK(answer.count("time_to_first_byte_seconds_count") == 1);
}

TEST_CASE("metrics: a translated answer counts the tokens of the one it is made of") {
  front_door door;
  auto client = door.connect();
  constexpr std::string_view body =
      R"({"model":"solo","stream":false,"messages":[{"role":"user","content":"hi"}]})";
  client.send("POST /api/chat HTTP/1.1\r\nHost: a\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + std::string{body});
  auto upstream = door.solo.port.accept();
  (void)upstream.receive_message();
  upstream.send(
      answer_text(R"({"choices":[{"message":{"content":"x"}}],)" + std::string{timings} + "}"));
  CHECK(client.receive_message().status() == 200);
  door.stop();
  CHECK(door.metric(R"(rolecall_tokens_out_total{role="solo"})") == 8);
  CHECK(door.metric(R"(rolecall_requests_total{role="solo",route="ollama",status="200"})") == 1);
}

TEST_CASE("metrics: open connections of clients are counted while they are open") {
  front_door door;
  {
    auto first = door.connect();
    auto second = door.connect();
    for (auto* client : {&first, &second}) {
      client->send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
      (void)client->receive_message();
    }
    CHECK(door.metric("rolecall_client_connections") == 2);
  }
  door.stop();
  CHECK(door.metric("rolecall_client_connections") == 0);
}

TEST_CASE("server: every data thread has a pulse") {
  const auto before = std::chrono::steady_clock::now();
  front_door door({.threads = 2});
  const auto pulses = door.server->pulses();
  REQUIRE(pulses.size() == 2);
  CHECK(pulses[0].thread == "data-1");
  CHECK(pulses[1].thread == "data-2");
  for (const auto& pulse : pulses) CHECK(pulse.last_beat >= before);
}
