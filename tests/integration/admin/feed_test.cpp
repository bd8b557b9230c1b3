#include "orchestrator/admin/event_feed.hpp"
#include "tests/integration/admin/admin_door.hpp"
#include "tests/integration/admin/peer.hpp"

#include <fstream>

#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using test::admin_door;
using test::peer;
using test::request_text;
using test::scripted_fleet;

admin::fleet_event event(std::uint64_t id) {
  return {id, 1'700'000'000'000, "state", "frontdoor", "frontdoor", "starting → ready"};
}

void tell(admin_door& door, std::vector<std::uint64_t> ids) {
  door.on_control([&](scripted_fleet& fleet) {
    for (const auto id : ids) fleet.append(event(id));
  });
}

std::string feed_of(std::vector<std::uint64_t> ids) {
  std::string text;
  for (const auto id : ids) text += to_sse(event(id));
  return text;
}

void append(const std::filesystem::path& file, const std::string& text) {
  std::ofstream{file, std::ios::app} << text;
}

/// Gives every instance a log in the door's folder.
void give_logs(admin_door& door) {
  door.on_control([&](scripted_fleet& fleet) {
    for (auto& role : fleet.current.roles)
      for (auto& instance : role.instances)
        instance.log = (door.folder() / (instance.name + ".log")).string();
  });
}

}  // namespace

TEST_CASE("admin events: the history is sent and ends there when nobody follows") {
  admin_door door;
  tell(door, {1, 2, 3});
  const auto answer = door.get("/admin/events?follow=false");
  CHECK(answer.headers.at("content-type") == "text/event-stream");
  CHECK(answer.body == feed_of({1, 2, 3}));
  CHECK(door.get("/admin/events?follow=false&after=2").body == feed_of({3}));
  CHECK(door.get("/admin/events?follow=false&after=3").body.empty());
}

TEST_CASE("admin events: an id from before a restart of the daemon begins anew") {
  admin_door door;
  tell(door, {1, 2});
  CHECK(door.get("/admin/events?follow=false&after=500").body == feed_of({1, 2}));
}

TEST_CASE("admin events: a follower gets each new event at once, and each once") {
  admin_door door;
  tell(door, {1});
  peer client{door.port()};
  client.send(request_text("GET", "/admin/events"));
  client.read_until(to_sse(event(1)));
  door.wait_until([](scripted_fleet& fleet) { return fleet.event_waiters == 1; });
  tell(door, {2, 3});
  const auto more = client.read_until(to_sse(event(3)));
  CHECK(more.find("id: 1\n") == std::string::npos);
  CHECK(more.find(to_sse(event(2))) != std::string::npos);
}

TEST_CASE("admin events: a client that connects again goes on after the last event it saw") {
  admin_door door;
  tell(door, {1, 2, 3});
  peer client{door.port()};
  client.send(request_text("GET", "/admin/events?follow=false", "Last-Event-ID: 2\r\n"));
  const auto answer = client.read_to_end();
  CHECK(answer.find("id: 2\n") == std::string::npos);
  CHECK(answer.find("id: 3\n") != std::string::npos);
}

TEST_CASE("admin events: a follower that leaves is not waited for any more") {
  admin_door door;
  peer client{door.port()};
  client.send(request_text("GET", "/admin/events"));
  door.wait_until([](scripted_fleet& fleet) { return fleet.event_waiters == 1; });
  client.close();
  door.wait_until([](scripted_fleet& fleet) { return fleet.event_waiters == 0; });
}

TEST_CASE("admin events: an HTTP/1.0 client gets them without chunks, ended by the connection") {
  admin_door door;
  tell(door, {1});
  const auto answer = test::talk(door.port(), "GET /admin/events?follow=false HTTP/1.0\r\n\r\n");
  CHECK(answer.starts_with("HTTP/1.0 200 OK\r\n"));
  CHECK(answer.ends_with("\r\n\r\n" + feed_of({1})));
}

TEST_CASE("admin events: the connection takes another request after a history") {
  admin_door door;
  tell(door, {1});
  peer client{door.port()};
  client.send("GET /admin/events?follow=false HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.read_until("\r\n0\r\n\r\n");
  client.send(request_text("GET", "/livez"));
  CHECK(client.read_to_end().ends_with("ok\n"));
}

TEST_CASE("admin logs: the last lines of a role's log are sent") {
  admin_door door;
  give_logs(door);
  append(door.folder() / "frontdoor.log", "one\ntwo\nthree\n");
  const auto answer = door.get("/admin/logs/frontdoor?lines=2");
  CHECK(answer.headers.at("content-type") == "text/plain; charset=utf-8");
  CHECK(answer.body == "two\nthree\n");
  CHECK(door.get("/admin/logs/worker_math?lines=1").body == "three\n");
}

TEST_CASE("admin logs: lines of several instances carry their names") {
  admin_door door;
  give_logs(door);
  append(door.folder() / "embedder-1.log", "loading\nready\n");
  append(door.folder() / "embedder-2.log", "loading\nunfinished");
  CHECK(door.get("/admin/logs/embedder").body ==
        "embedder-1: loading\nembedder-1: ready\nembedder-2: loading\nembedder-2: unfinished\n");
}

TEST_CASE("admin logs: a log that two processes of one name have is sent once, without a name") {
  admin_door door;
  give_logs(door);
  door.on_control([](scripted_fleet& fleet) {
    auto& instances = fleet.current.roles[0].instances;
    instances.push_back(instances.front());  // the one of before a reload still drains
  });
  append(door.folder() / "frontdoor.log", "one\n");
  CHECK(door.get("/admin/logs/frontdoor").body == "one\n");
}

TEST_CASE("admin logs: a follower gets what is written from then on, of every instance") {
  admin_door door;
  give_logs(door);
  append(door.folder() / "embedder-1.log", "old\n");
  peer client{door.port()};
  client.send(request_text("GET", "/admin/logs/embedder?follow=true"));
  client.read_until("embedder-1: old\n");
  append(door.folder() / "embedder-1.log", "new\n");
  client.read_until("embedder-1: new\n");
  append(door.folder() / "embedder-2.log", "first\n");
  client.read_until("embedder-2: first\n");
}

TEST_CASE("admin logs: a follower stays with a log that is replaced by a new file") {
  admin_door door;
  give_logs(door);
  const auto log = door.folder() / "frontdoor.log";
  append(log, "old\n");
  peer client{door.port()};
  client.send(request_text("GET", "/admin/logs/frontdoor?follow=true"));
  client.read_until("old\n");
  std::filesystem::rename(log, door.folder() / "frontdoor.log.1");
  append(log, "after the rotation\n");
  client.read_until("after the rotation\n");
  append(log, "and on\n");
  client.read_until("and on\n");
}

TEST_CASE(
    "admin logs: a role without a log is empty, one without a process says so, one that is not "
    "says that") {
  admin_door door;
  give_logs(door);
  CHECK(door.get("/admin/logs/frontdoor").status == 200);
  CHECK(door.get("/admin/logs/frontdoor").body.empty());
  door.on_control([](scripted_fleet& fleet) { fleet.current.roles[1].instances.clear(); });
  CHECK(door.get("/admin/logs/embedder").status == 404);
  CHECK(door.get("/admin/logs/nobody").status == 404);
}
