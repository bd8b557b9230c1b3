#include "tests/integration/proxy/front_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;
using namespace std::chrono_literals;

namespace {

front_door::options with_comments() {
  front_door::options chosen{.comments = true};
  chosen.limits.comment_after = chosen.limits.comment_every = 5ms;
  return chosen;
}

constexpr std::string_view as_stream = R"(,"stream":true)";

/// A stream that has been told to wait.
struct waiting_stream {
  front_door door{with_comments()};
  peer client = door.post("cold", as_stream);
  std::string head = client.receive_to("\r\n\r\n");

  waiting_stream() { CHECK(client.receive_chunk() == ": waiting\n\n"); }

  /// The next chunk that is no comment.
  std::string next_event() {
    auto text = client.receive_chunk();
    while (text.starts_with(":")) text = client.receive_chunk();
    return text;
  }
  /// Comments come all the time; this one comes soon.
  void expect_comment(const std::string& wanted) {
    constexpr int most_others = 1000;
    std::string text;
    for (int i = 0; i < most_others && text != wanted; ++i) text = client.receive_chunk();
    CHECK(text == wanted);
  }
  peer grant() {
    door.leases.grant(door.cold.gate);
    auto upstream = door.cold.port.accept();
    upstream.receive_message();
    return upstream;
  }
};

}  // namespace

TEST_CASE("proxy: a stream that waits gets a head, comments, and then its answer") {
  waiting_stream stream;
  CHECK(stream.head.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(stream.head.find("\r\nContent-Type: text/event-stream\r\n") != std::string::npos);
  CHECK(stream.head.find("\r\nTransfer-Encoding: chunked\r\n") != std::string::npos);

  const auto outlook = stream.door.leases.last_wish().outlook;
  REQUIRE(outlook);
  outlook->before = 3;
  stream.expect_comment(": waiting, 3 before you\n\n");
  outlook->loaded = 42;
  stream.expect_comment(": loading 42%\n\n");

  auto upstream = stream.grant();
  upstream.send(stream_head() + chunk("data: one\n\n"));
  CHECK(stream.next_event() == "data: one\n\n");
  upstream.send(chunk("data: [DONE]\n\n") + std::string{last_chunk});
  CHECK(stream.client.receive_chunk() == "data: [DONE]\n\n");
  CHECK(stream.client.receive_chunk().empty());

  // Both connections serve the next request, which begins with a head of its own.
  stream.client.send(front_door::post_text("cold"));
  upstream.receive_message();
  upstream.send(answer_text("next"));
  CHECK(stream.client.receive_message().body == "next");
}

TEST_CASE("proxy: an event stream with a length comes in chunks after comments") {
  waiting_stream stream;
  auto upstream = stream.grant();
  upstream.send(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 11\r\n\r\n"
      "data: one\n\n");
  CHECK(stream.next_event() == "data: one\n\n");
  CHECK(stream.client.receive_chunk().empty());
}

TEST_CASE("proxy: an upstream's error after comments becomes an event") {
  waiting_stream stream;
  auto upstream = stream.grant();
  upstream.send(answer_text(R"({"error":{"code":400}})", "400 Bad Request"));
  CHECK(stream.next_event() == "data: {\"error\":{\"code\":400}}\n\n");
  CHECK(stream.client.receive_chunk().empty());
}

TEST_CASE("proxy: a refusal after comments ends the stream with an error event") {
  waiting_stream stream;
  stream.door.leases.refuse({.message = "no room for the night"});
  const auto event = stream.next_event();
  CHECK(event.starts_with("data: {\"error\":"));
  CHECK(event.find("no room for the night") != std::string::npos);
  CHECK(stream.client.receive_chunk().empty());
  // Another request of the same connection is refused with a head.
  stream.client.send(front_door::post_text("cold"));
  stream.door.leases.refuse({.message = "nor for the day"});
  CHECK(stream.client.receive_message().status() == 503);
  stream.door.stop();
  CHECK(stream.door.metric(
            R"(rolecall_requests_total{role="cold",route="chat_completions",status="503"})") == 2);
}

TEST_CASE("proxy: after comments Anthropic's clients get their own error event") {
  front_door door(with_comments());
  auto client = door.connect();
  const std::string body = R"({"model":"cold","stream":true,"messages":[]})";
  client.send("POST /v1/messages HTTP/1.1\r\nHost: front\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n\r\n" + body);
  client.receive_to(": waiting\n\n");
  door.leases.refuse({.message = "no"});
  CHECK(client.receive_to(last_chunk).find("event: error\ndata: {\"type\":\"error\"") !=
        std::string::npos);
}

TEST_CASE("proxy: a client that leaves while it gets comments leaves no trace") {
  waiting_stream stream;
  stream.client.close();
  stream.door.leases.wait_for_withdrawals(1);
  stream.door.stop();
  CHECK(stream.door.cold.gate.gate.leases() == 0);
  CHECK(stream.door.metric(R"(rolecall_client_disconnects_total{role="cold"})") == 1);
}

TEST_CASE("proxy: an upstream that died after comments is waited for without a second head") {
  waiting_stream stream;
  stream.door.cold.port.close();
  stream.door.leases.grant_and_close(stream.door.cold.gate);
  stream.door.leases.wait_for_waiters(1);
  stream.expect_comment(": waiting\n\n");
  stream.door.leases.refuse({.message = "it does not come back"});
  CHECK(stream.next_event().find("it does not come back") != std::string::npos);
  CHECK(stream.client.receive_chunk().empty());
}

TEST_CASE("proxy: an upstream that closes without an answer after comments is told as an event") {
  waiting_stream stream;
  {
    const auto upstream = stream.grant();
    stream.door.cold.port.close();
  }
  CHECK(stream.next_event().find("upstream_failed") != std::string::npos);
  CHECK(stream.client.receive_chunk().empty());
}

TEST_CASE("proxy: a shutdown ends a stream that waits with an event") {
  waiting_stream stream;
  stream.door.stop();
  CHECK(stream.next_event().find("shutting_down") != std::string::npos);
}

TEST_CASE("proxy: who asks for no stream, or in HTTP/1.0, waits without comments") {
  front_door door(with_comments());
  auto whole = door.post("cold");
  door.leases.wait_for_waiters(1);
  CHECK(door.leases.last_wish().outlook == nullptr);
  auto text = front_door::post_text("cold", as_stream);
  text.replace(text.find("HTTP/1.1"), 8, "HTTP/1.0");
  auto old = door.connect();
  old.send(text);
  door.leases.wait_for_waiters(2);
  CHECK(door.leases.last_wish().outlook == nullptr);
  door.leases.refuse({.message = "no"});
  door.leases.refuse({.message = "no"});
  CHECK(whole.receive_message().status() == 503);
  CHECK(old.receive_message().status() == 503);
}

TEST_CASE("proxy: a role without comments answers nothing before its lease") {
  front_door door;
  auto client = door.post("cold", as_stream);
  door.leases.wait_for_waiters(1);
  CHECK(door.leases.last_wish().outlook == nullptr);
  door.leases.refuse({.message = "no"});
  CHECK(client.receive_message().status() == 503);
}
