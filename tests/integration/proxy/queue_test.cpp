#include "tests/integration/proxy/front_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall::test;
using rolecall::residency::lease_kind;
using rolecall::residency::request_priority;

namespace {

std::string with_field(std::string text, const std::string& field) {
  return text.insert(text.find("\r\n") + 2, field + "\r\n");
}

}  // namespace

TEST_CASE("proxy: while somebody waits for a slot, requests for one ask and others pass") {
  front_door door;
  REQUIRE(door.solo.gate.gate.announce_queue());
  auto client = door.post("solo");
  door.leases.wait_for_waiters(1);
  CHECK(door.leases.last_wish().kind == lease_kind::slot);
  CHECK(door.leases.last_wish().priority == request_priority::interactive);

  auto other = door.connect();
  other.send("GET /roles/solo/props HTTP/1.1\r\nHost: front\r\n\r\n");
  auto upstream = door.solo.port.accept();
  upstream.receive_message();
  upstream.send(answer_text("props"));
  CHECK(other.receive_message().body == "props");

  door.leases.grant(door.solo.gate);
  upstream.receive_message();
  upstream.send(answer_text("its turn"));
  CHECK(client.receive_message().body == "its turn");
  door.solo.gate.gate.dissolve_queue();
}

TEST_CASE("proxy: a request's priority and its need for a slot reach the control plane") {
  front_door door;
  auto client = door.connect();
  client.send(with_field(front_door::post_text("cold"), "X-Priority: background"));
  door.leases.wait_for_waiters(1);
  CHECK(door.leases.last_wish().priority == request_priority::background);
  CHECK(door.leases.last_wish().kind == lease_kind::slot);
  CHECK(door.leases.last_wish().role->name == "cold");
  door.leases.refuse({.message = "no"});
  CHECK(client.receive_message().status() == 503);

  client.send("GET /roles/cold/slots HTTP/1.1\r\nHost: front\r\n\r\n");
  door.leases.wait_for_waiters(1);
  CHECK(door.leases.last_wish().kind == lease_kind::slotless);
  door.leases.refuse({.message = "no"});
  CHECK(client.receive_message().status() == 503);
}
