#include "tests/integration/admin/admin_door.hpp"
#include "tests/integration/admin/peer.hpp"

#include <doctest/doctest.h>

namespace {

using rolecall::test::admin_door;
using rolecall::test::peer;
using rolecall::test::request_text;
using rolecall::test::scripted_fleet;

}  // namespace

TEST_CASE("admin: cancelling the server ends every kind of session") {
  admin_door door;
  door.on_control([&](scripted_fleet& fleet) {
    fleet.outcome.reset();
    fleet.current.roles[0].instances[0].log = (door.folder() / "frontdoor.log").string();
  });
  peer silent{door.port()};
  peer half{door.port()};
  half.send("GET /livez HT");
  peer idle{door.port()};
  idle.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  idle.read_until("ok\n");
  peer waiting{door.port()};
  waiting.send(request_text("POST", "/admin/roles/embedder/load?wait=true"));
  peer following_events{door.port()};
  following_events.send(request_text("GET", "/admin/events"));
  peer following_logs{door.socket()};
  following_logs.send(request_text("GET", "/admin/logs/frontdoor?follow=true"));
  following_logs.read_until("\r\n\r\n");
  door.wait_until(
      [](scripted_fleet& fleet) { return fleet.calls.size() == 1 && fleet.event_waiters == 1; });

  door.stop();

  CHECK(silent.read_to_end().empty());
  CHECK(half.read_to_end().empty());
  CHECK(idle.read_to_end().empty());
  CHECK(waiting.read_to_end().empty());
  CHECK(following_events.read_to_end().find("200 OK") != std::string::npos);
  CHECK(following_logs.read_to_end().empty());
}

// Reading a file is another thread's work; cancelling it half-way through once met the reader's
// end.
TEST_CASE("admin: a log being read while the server is cancelled ends in order") {
  constexpr int attempts = 200;
  for (int i = 0; i < attempts; ++i) {
    admin_door door;
    door.on_control([&](scripted_fleet& fleet) {
      fleet.current.roles[0].instances[0].log = (door.folder() / "frontdoor.log").string();
    });
    peer following{door.port()};
    following.send(request_text("GET", "/admin/logs/frontdoor?follow=true"));
    following.read_until("\r\n\r\n");
    door.stop();
    CHECK(following.read_to_end().empty());
  }
}

TEST_CASE("admin: a server that was never asked anything ends too") {
  admin_door door;
  door.stop();
  CHECK_THROWS_AS(peer{door.port()}, std::system_error);
}
