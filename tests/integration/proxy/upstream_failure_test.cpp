#include "tests/integration/proxy/front_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;
using namespace std::chrono_literals;

namespace {

// Leaves an idle connection to `solo` in the pool and returns its other end.
peer used_connection(front_door& door, peer& client) {
  client.send(front_door::post_text("solo"));
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send(answer_text("used"));
  CHECK(client.receive_message().body == "used");
  return upstream;
}

}  // namespace

TEST_CASE("proxy: nobody behind a role's port is 502, and the client may ask again") {
  front_door door;
  door.solo.port.close();
  auto client = door.post("solo");
  const auto answer = client.receive_message();
  CHECK(answer.status() == 502);
  CHECK(answer.body.find("\"code\":\"upstream_failed\"") != std::string::npos);
  CHECK(answer.field("Connection") == "keep-alive");
  client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_message().status() == 200);
  door.stop();
  CHECK(door.metric(
            R"(rolecall_requests_total{role="solo",route="chat_completions",status="502"})") == 1);
}

TEST_CASE("proxy: a request that finds its process just ended asks for admission anew") {
  front_door door;
  door.cold.port.close();
  auto client = door.post("cold");
  door.leases.wait_for_waiters(1);
  door.leases.grant_and_close(door.cold.gate);
  door.leases.refuse({.code = rolecall::proxy::refusal_code::role_failed, .message = "crashed"});
  const auto answer = client.receive_message();
  CHECK(answer.status() == 503);
  CHECK(answer.body.find("crashed") != std::string::npos);
}

TEST_CASE("proxy: an upstream that resets before the first byte is 502") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.reset();
  CHECK(client.receive_message().status() == 502);
  CHECK_FALSE(door.solo.port.has_connection());
}

TEST_CASE("proxy: an upstream that closes within the head of its answer is 502") {
  front_door door;
  auto client = door.post("twin");
  auto upstream = door.twin_a.port.accept();
  upstream.receive_message();
  upstream.send("HTTP/1.1 200 OK\r\nContent-");
  upstream.close();
  CHECK(client.receive_message().status() == 502);
  CHECK_FALSE(door.twin_b.port.has_connection());  // it had begun to answer
}

TEST_CASE("proxy: an upstream whose head is not HTTP, or whose end is in doubt, is 502") {
  for (const auto* garbage :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n"}) {
    front_door door;
    auto client = door.post("solo");
    auto upstream = door.solo.port.accept();
    upstream.receive_message();
    upstream.send(garbage);
    CHECK_MESSAGE(client.receive_message().status() == 502, garbage);
    CHECK(upstream.is_ended());
  }
}

TEST_CASE("proxy: a replica that took the request and died of it is not replaced by another") {
  front_door door;
  auto client = door.post("twin");
  auto dying = door.twin_a.port.accept();
  dying.receive_message();
  dying.close();
  CHECK(client.receive_message().status() == 502);
  CHECK_FALSE(door.twin_b.port.has_connection());
}

TEST_CASE("proxy: a replica that takes no connection is replaced by another") {
  front_door door;
  door.twin_a.port.close();
  auto client = door.post("twin");
  auto replacement = door.twin_b.port.accept();
  CHECK(replacement.receive_message().body.find("twin") != std::string::npos);
  CHECK(door.twin_a.gate.gate.leases() == 0);
  replacement.send(answer_text("from the other"));
  CHECK(client.receive_message().body == "from the other");
  CHECK(door.metric(R"(rolecall_upstream_retries_total{role="twin"})") == 1);
}

TEST_CASE("proxy: when the other replica dies as well, it is 502") {
  front_door door;
  door.twin_a.port.close();
  door.twin_b.port.close();
  auto client = door.post("twin");
  CHECK(client.receive_message().status() == 502);
}

TEST_CASE("proxy: a kept connection that the upstream closed meanwhile is not used") {
  front_door door;
  auto client = door.connect();
  auto stale = used_connection(door, client);
  stale.close();
  client.send(front_door::post_text("solo"));
  auto fresh = door.solo.port.accept();
  fresh.receive_message();
  fresh.send(answer_text("fresh"));
  CHECK(client.receive_message().body == "fresh");
}

TEST_CASE("proxy: a kept connection that dies under a request is replaced once, unseen") {
  front_door door;
  auto client = door.connect();
  auto stale = used_connection(door, client);
  client.send(front_door::post_text("solo"));
  stale.receive_message();
  stale.reset();
  auto fresh = door.solo.port.accept();
  fresh.receive_message();
  fresh.reset();
  CHECK(client.receive_message().status() == 502);
  CHECK_FALSE(door.solo.port.has_connection());
  CHECK(door.metric(R"(rolecall_upstream_retries_total{role="solo"})") == 1);
}

TEST_CASE("proxy: a kept connection that dies within an answer's head is not replaced") {
  front_door door;
  auto client = door.connect();
  auto stale = used_connection(door, client);
  client.send(front_door::post_text("solo"));
  stale.receive_message();
  stale.send("H");
  stale.close();
  CHECK(client.receive_message().status() == 502);
  CHECK_FALSE(door.solo.port.has_connection());
}

TEST_CASE("proxy: an answer sent before the whole request was taken is passed on") {
  front_door door;
  auto client = door.post("solo", R"(,"image":")" + std::string(2 << 20, 'x') + '"');
  auto upstream = door.solo.port.accept();
  upstream.receive_to("\r\n\r\n");
  upstream.send(answer_text("too much", "413 Content Too Large"));
  upstream.receive_to("\"}");
  CHECK(client.receive_message().status() == 413);
}

TEST_CASE("proxy: a stream that breaks off ends with an error event, then as a stream should") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send(stream_head() + chunk("data: 1\n\n"));
  client.receive_to("\r\n\r\n");
  CHECK(client.receive_chunk() == "data: 1\n\n");
  upstream.reset();
  const auto event = client.receive_chunk();
  CHECK(event.starts_with(R"(data: {"error":{"message":)"));
  CHECK(event.find(R"("code":"upstream_failed")") != std::string::npos);
  CHECK(event.ends_with("\n\n"));
  CHECK(client.receive_chunk().empty());
  // The head said keep-alive, and the stream has its end: the connection goes on.
  client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_message().status() == 200);
}

TEST_CASE("proxy: an error event begins on a line of its own") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send(stream_head() + "100\r\ndata: {\"half");
  client.receive_to("\r\n\r\n");
  CHECK(client.receive_chunk() == "data: {\"half");
  upstream.close();
  CHECK(client.receive_chunk().starts_with("\n\ndata: {\"error\""));
}

TEST_CASE("proxy: any other answer that breaks off is cut, so that its missing end is seen") {
  for (const auto* begun : {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
                            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                            "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: "
                            "10\r\n\r\nabc"}) {
    front_door door;
    auto client = door.post("solo");
    auto upstream = door.solo.port.accept();
    upstream.receive_message();
    upstream.send(begun);
    client.receive_to("abc");
    upstream.close();
    const auto rest = client.receive_all();
    CHECK((rest.empty() || rest == "\r\n"));
  }
}

TEST_CASE("proxy: an answer whose body breaks the framing is cut as well") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
  client.receive_to("abc\r\n");
  upstream.send("xyz\r\n");
  CHECK(client.is_ended());
  CHECK(upstream.is_ended());
}

TEST_CASE("proxy: no byte within the role's deadline is 504, and the upstream is let go") {
  front_door door({.first_byte = 1s});
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  const auto answer = client.receive_message();
  CHECK(answer.status() == 504);
  CHECK(answer.body.find("\"code\":\"upstream_deadline\"") != std::string::npos);
  CHECK(upstream.is_ended());
  client.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(client.receive_message().status() == 200);
}

TEST_CASE("proxy: a stream that falls silent for the role's idle time ends with an error event") {
  front_door door({.idle = 1s});
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send(stream_head() + chunk("data: 1\n\n"));
  client.receive_to("\r\n\r\n");
  CHECK(client.receive_chunk() == "data: 1\n\n");
  CHECK(client.receive_chunk().find("(timeouts.idle of the role)") != std::string::npos);
  CHECK(client.receive_chunk().empty());
  CHECK(upstream.is_ended());
}

TEST_CASE("proxy: a request that takes longer than its role allows in all ends, answered or not") {
  front_door door({.total = 1s});
  auto silent = door.post("solo");
  auto unanswering = door.solo.port.accept();
  unanswering.receive_message();
  const auto refused = silent.receive_message();
  CHECK(refused.status() == 504);
  CHECK(refused.body.find("(timeouts.total of the role)") != std::string::npos);
  CHECK(unanswering.is_ended());

  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send(stream_head());
  client.receive_to("\r\n\r\n");
  upstream.send(chunk("data: 1\n\n"));
  CHECK(client.receive_chunk() == "data: 1\n\n");
  CHECK(client.receive_chunk().find("(timeouts.total of the role)") != std::string::npos);
  CHECK(client.receive_chunk().empty());
  CHECK(upstream.is_ended());
}
