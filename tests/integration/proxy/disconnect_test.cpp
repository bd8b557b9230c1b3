#include "tests/integration/proxy/front_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;
using namespace std::chrono_literals;

TEST_CASE("proxy: a client that leaves before the first byte ends its upstream request") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  client.close();
  CHECK(upstream.is_ended());
  door.leases.wait_until_idle(door.solo.gate);
  door.stop();
  CHECK(door.metric(R"(rolecall_client_disconnects_total{role="solo"})") == 1);
}

TEST_CASE("proxy: a client that resets before the first byte ends its upstream request") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  client.reset();
  CHECK(upstream.is_ended());
}

TEST_CASE("proxy: a client that ends its side has left") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  client.end_sending();
  CHECK(upstream.is_ended());
}

TEST_CASE("proxy: a client that leaves during a stream ends it upstream, though nothing is sent") {
  front_door door;
  auto client = door.post("solo");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send(stream_head() + chunk("data: 1\n\n"));
  client.receive_to("data: 1\n\n");
  client.close();
  CHECK(upstream.is_ended());
  door.leases.wait_until_idle(door.solo.gate);
  door.stop();
  CHECK(door.metric(R"(rolecall_client_disconnects_total{role="solo"})") == 1);
}

TEST_CASE("proxy: a client that has sent its next request may leave as well") {
  front_door door;
  auto client = door.connect();
  client.send(front_door::post_text("solo") + front_door::post_text("twin"));
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  client.close();
  CHECK(upstream.is_ended());
  door.leases.wait_until_idle(door.solo.gate);
  CHECK_FALSE(door.twin_a.port.has_connection());
}

TEST_CASE("proxy: a client that leaves while it waits for a lease withdraws its request") {
  front_door door;
  auto client = door.post("cold");
  door.leases.wait_for_waiters(1);
  client.close();
  door.leases.wait_for_withdrawals(1);
  CHECK_FALSE(door.cold.port.has_connection());
}

TEST_CASE("proxy: a client that takes nothing of its answer is cut off") {
  front_door door({.limits = {.unread_answer = 100ms}});
  auto client = peer::connect(door.port, 4096);
  client.send(front_door::post_text("solo"));
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send(stream_head());
  CHECK_FALSE(upstream.try_send(chunk(std::string(32 << 20, 'x'))));
  door.leases.wait_until_idle(door.solo.gate);
}

TEST_CASE("proxy: a client that leaves with its request half sent disturbs nobody") {
  front_door door;
  auto client = door.connect();
  client.send("POST /v1/completions HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
  client.close();
  auto other = door.connect();
  other.send("GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(other.receive_message().status() == 200);
}
