#include "tests/integration/admin/admin_door.hpp"
#include "tests/integration/admin/peer.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using admin::command;
using admin::command_error;
using test::admin_door;
using test::scripted_fleet;
using call = scripted_fleet::call;

std::vector<call> calls_of(admin_door& door) {
  return door.on_control([](scripted_fleet& fleet) { return fleet.calls; });
}

void answer_with(admin_door& door, command_error::kind kind, const std::string& message) {
  door.on_control([&](scripted_fleet& fleet) { fleet.outcome = command_error{kind, message}; });
}

}  // namespace

TEST_CASE("admin: each command reaches the fleet with its role, wait and force") {
  admin_door door;
  CHECK(door.post("/admin/roles/embedder/load").status == 202);
  CHECK(door.post("/admin/roles/embedder/unload?wait=true&force=true").status == 200);
  CHECK(door.post("/admin/roles/embedder/restart?wait=true").status == 200);
  CHECK(door.post("/admin/roles/default/pin").status == 200);
  CHECK(door.post("/admin/roles/frontdoor/unpin").status == 200);
  CHECK(calls_of(door) == std::vector<call>{{command::load, "embedder", false, false},
                                            {command::unload, "embedder", true, true},
                                            {command::restart, "embedder", true, false},
                                            {command::pin, "frontdoor", false, false},
                                            {command::unpin, "frontdoor", false, false}});
}

TEST_CASE("admin: a command's answer tells the role's state") {
  const admin_door door;
  CHECK(door.post("/admin/roles/embedder/load?wait=true").body ==
        R"({"role":"embedder","command":"load","state":"stopped","done":true})");
}

TEST_CASE("admin: a command for a role that there is not names the roles and does nothing") {
  admin_door door;
  const auto answer = door.post("/admin/roles/nobody/load");
  CHECK(answer.status == 404);
  CHECK(answer.body.find("frontdoor, embedder, worker_math") != std::string::npos);
  CHECK(calls_of(door).empty());
}

TEST_CASE("admin: the fleet's refusals keep their reason") {
  admin_door door;
  answer_with(door, command_error::kind::refused, "cannot unload embedder: 2 requests are running");
  auto answer = door.post("/admin/roles/embedder/unload?wait=true");
  CHECK(answer.status == 409);
  CHECK(
      answer.body ==
      R"({"error":{"message":"cannot unload embedder: 2 requests are running","type":"conflict_error","code":"refused"}})");
  answer_with(door, command_error::kind::failed, "crashed: signal 9");
  CHECK(door.post("/admin/roles/embedder/load?wait=true").status == 500);
  answer_with(door, command_error::kind::unknown_role, "no such role");
  CHECK(door.post("/admin/roles/embedder/load").status == 404);
}

TEST_CASE(
    "admin: a command that is waited for answers when it is done, and others are answered "
    "meanwhile") {
  admin_door door;
  door.on_control([](scripted_fleet& fleet) { fleet.outcome.reset(); });
  test::peer client{door.port()};
  client.send(test::request_text("POST", "/admin/roles/embedder/load?wait=true"));
  door.wait_until([](scripted_fleet& fleet) { return fleet.calls.size() == 1; });
  CHECK(door.get("/livez").status == 200);
  door.on_control([](scripted_fleet& fleet) { fleet.release(); });
  CHECK(client.read_to_end().starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_CASE("admin: a client that leaves no longer waits for its command") {
  admin_door door;
  door.on_control([](scripted_fleet& fleet) { fleet.outcome.reset(); });
  test::peer client{door.port()};
  client.send(test::request_text("POST", "/admin/roles/embedder/load?wait=true"));
  door.wait_until([](scripted_fleet& fleet) { return fleet.calls.size() == 1; });
  client.close();
  door.wait_until([](scripted_fleet& fleet) { return fleet.cancelled_calls == 1; });
}

TEST_CASE("admin: a web page cannot give commands") {
  admin_door door;
  const auto answer = test::talk(
      door.port(),
      test::request_text("POST", "/admin/roles/embedder/unload", "Origin: http://localhost\r\n"));
  CHECK(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"));
  CHECK(calls_of(door).empty());
}
