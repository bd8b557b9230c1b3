#include "tests/integration/proxy/front_door.hpp"

#include <stdexcept>
#include <thread>

#include <doctest/doctest.h>

using namespace rolecall::test;
using rolecall::registry::replica_routing;

namespace {

std::string turn(std::string_view first, std::string_view more = {}) {
  const auto body = R"({"model":"twin","messages":[{"role":"user","content":")" +
                    std::string{first} + "\"}" + std::string{more} + "]}";
  return "POST /v1/chat/completions HTTP/1.1\r\nHost: front\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

scripted_upstream& who_was_asked(front_door& door) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  while (std::chrono::steady_clock::now() < deadline) {
    for (auto* each : {&door.twin_a, &door.twin_b})
      if (each->gate.gate.leases() != 0) return *each;
    std::this_thread::yield();
  }
  throw std::runtime_error("nobody was asked");
}

/// Answers one request of the twins and tells which of them it was.
const scripted_upstream* answer_one(front_door& door, peer& client, const std::string& text) {
  client.send(text);
  auto& asked = who_was_asked(door);
  auto upstream = asked.port.accept();
  upstream.receive_message();
  upstream.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
  CHECK(client.receive_message().body == "ok");
  door.leases.wait_until_idle(asked.gate);
  return &asked;
}

}  // namespace

TEST_CASE(
    "proxy: with affinity every turn of a conversation goes to the replica of its first one") {
  front_door door({.routing = replica_routing::affinity});
  auto client = door.connect();
  bool differ = false;
  const scripted_upstream* any = nullptr;
  for (int conversation = 0; conversation < 16; ++conversation) {
    const auto first = "question " + std::to_string(conversation);
    const auto* const chosen = answer_one(door, client, turn(first));
    CHECK(answer_one(door, client,
                     turn(first, R"(,{"role":"assistant","content":"a"},)"
                                 R"({"role":"user","content":"b"})")) == chosen);
    differ = differ || (any != nullptr && any != chosen);
    any = chosen;
  }
  CHECK(differ);
}

TEST_CASE("proxy: a replica that takes no request rests while another one serves") {
  front_door door;
  door.twin_a.port.close();
  const auto before = std::chrono::steady_clock::now();
  auto client = door.connect();
  client.send(front_door::post_text("twin"));
  auto serving = door.twin_b.port.accept();
  serving.receive_message();
  serving.send(answer_text("served"));
  CHECK(client.receive_message().body == "served");
  CHECK(door.twin_a.gate.rests(before + rolecall::proxy::upstream::rest));
  CHECK_FALSE(door.twin_b.gate.rests(before));
}

TEST_CASE("proxy: with probe_first the replica that answers first gets the request") {
  front_door door({.routing = replica_routing::probe_first});
  auto client = door.post("twin");
  auto silent = door.twin_a.port.accept();
  auto chosen = door.twin_b.port.accept();
  CHECK(silent.receive_to("\r\n\r\n").starts_with("GET /health HTTP/1.1\r\n"));
  CHECK(chosen.receive_to("\r\n\r\n").starts_with("GET /health HTTP/1.1\r\n"));
  CHECK(door.twin_a.gate.gate.leases() == 1);  // it must not be evicted while it is asked
  CHECK(door.twin_a.gate.gate.slots_taken() == 0);
  CHECK(door.twin_b.gate.gate.slots_taken() == 0);
  chosen.send(answer_text("{}"));
  // On the same connection.
  CHECK(chosen.receive_message().head.starts_with("POST /v1/chat/completions "));
  CHECK(door.twin_a.gate.gate.leases() == 0);
  CHECK(door.twin_b.gate.gate.slots_taken() == 1);
  chosen.send(answer_text("first"));
  CHECK(client.receive_message().body == "first");
  // Too late is no failure.
  silent.send(answer_text("{}"));
  CHECK_FALSE(door.twin_a.gate.rests(std::chrono::steady_clock::now()));
}

TEST_CASE("proxy: with probe_first a replica that fails its probe rests and the next one serves") {
  front_door door({.routing = replica_routing::probe_first});
  const auto before = std::chrono::steady_clock::now();
  auto client = door.post("twin");
  auto loading = door.twin_a.port.accept();
  loading.receive_to("\r\n\r\n");
  loading.send(answer_text("{}", "503 Service Unavailable"));
  auto chosen = door.twin_b.port.accept();
  chosen.receive_to("\r\n\r\n");
  CHECK(loading.is_ended());
  CHECK(door.twin_a.gate.rests(before + rolecall::proxy::upstream::rest));
  chosen.send(answer_text("{}"));
  chosen.receive_message();
  chosen.send(answer_text("served"));
  CHECK(client.receive_message().body == "served");
}

TEST_CASE("proxy: with probe_first a single candidate is not asked") {
  front_door door({.routing = replica_routing::probe_first});
  door.twin_a.gate.gate.close();
  auto client = door.post("twin");
  auto upstream = door.twin_b.port.accept();
  CHECK(upstream.receive_message().head.starts_with("POST "));
  upstream.send(answer_text("served"));
  CHECK(client.receive_message().body == "served");
}

TEST_CASE("proxy: with probe_first the request is tried all the same when every probe fails") {
  front_door door({.routing = replica_routing::probe_first});
  auto client = door.post("twin");
  for (auto* each : {&door.twin_a, &door.twin_b}) {
    auto probed = each->port.accept();
    probed.receive_to("\r\n\r\n");
  }
  auto upstream = door.twin_a.port.accept();
  CHECK(upstream.receive_message().head.starts_with("POST "));
  upstream.send(answer_text("served"));
  CHECK(client.receive_message().body == "served");
}

TEST_CASE(
    "proxy: with probe_first replicas that say nothing are waited for no longer than a second") {
  front_door door({.routing = replica_routing::probe_first});
  auto client = door.post("twin");
  auto one = door.twin_a.port.accept();
  auto other = door.twin_b.port.accept();
  one.receive_to("\r\n\r\n");
  other.receive_to("\r\n\r\n");
  CHECK(one.is_ended());
  CHECK(other.is_ended());
  auto upstream = door.twin_a.port.accept();
  CHECK(upstream.receive_message().head.starts_with("POST "));
  upstream.send(answer_text("served"));
  CHECK(client.receive_message().body == "served");
}

TEST_CASE("proxy: with probe_first a request for no slot goes without a probe") {
  front_door door({.routing = replica_routing::probe_first});
  auto client = door.connect();
  client.send("GET /roles/twin/props HTTP/1.1\r\nHost: front\r\n\r\n");
  auto upstream = door.twin_a.port.accept();
  CHECK(upstream.receive_message().head.starts_with("GET /props "));
  upstream.send(answer_text("props"));
  CHECK(client.receive_message().body == "props");
}
