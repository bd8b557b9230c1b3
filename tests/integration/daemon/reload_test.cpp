#include "tests/integration/daemon/changing_fleet.hpp"

#include <array>
#include <string>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using namespace rolecall::test;

namespace {

bool is_gone(const running_daemon& fleet, const std::string& name) {
  return fleet.admin_get("/admin/roles/" + name).status == 404;
}

}  // namespace

TEST_CASE("reload: a stream through an unchanged role goes on while another role restarts") {
  changing_fleet all;
  all.start();
  auto stream = all.stream("steady");
  REQUIRE(stream.status() == 200);
  REQUIRE(stream.next_piece());
  const auto steady = all.fleet->child("steady");
  const auto other = all.fleet->child("other");
  all.write(all.steady + all.with(all.other, "context: 4096"));
  const auto answer = all.reload();
  CHECK(answer.status == 200);
  CHECK(contains(answer.body, R"("name":"other","tier":"hot","change":"restart")"));
  CHECK(contains(answer.body, R"("name":"steady","tier":"hot","change":"unchanged")"));
  all.fleet->wait_until(
      [&] { return all.fleet->state("other") == "ready" && all.fleet->child("other") != other; });
  CHECK(all.fleet->child("steady") == steady);
  CHECK(all.fleet->generation("steady") == 1);
  CHECK(all.fleet->generation("other") == 2);
  REQUIRE(stream.next_piece());
  CHECK_FALSE(is_alive(other));
  stream.abandon();
}

TEST_CASE("reload: a role that restarts ends with its running stream and starts after that") {
  changing_fleet all;
  all.start();
  auto stream = all.stream("other");
  REQUIRE(stream.status() == 200);
  REQUIRE(stream.next_piece());
  const auto before = all.fleet->child("other");
  all.write(all.steady + all.with(all.other, "context: 4096"));
  REQUIRE(all.reload().status == 200);
  REQUIRE(stream.next_piece());
  CHECK(is_alive(before));
  auto waiting = all.stream("other");
  all.fleet->wait_until(
      [&] { return contains(all.fleet->admin_get("/admin/roles/other").body, "\"waiting\":1"); });
  CHECK(is_alive(before));
  stream.abandon();
  CHECK(waiting.status() == 200);
  CHECK_FALSE(is_alive(before));
  CHECK(all.fleet->generation("other") == 2);
}

TEST_CASE("reload: with force a stream of what leaves has its role's drain time and no more") {
  changing_fleet all;
  all.other = all.with(all.other, "timeouts: {drain: 1s}");
  all.start();
  auto stream = all.stream("other");
  REQUIRE(stream.status() == 200);
  const auto before = all.fleet->child("other");
  all.write(all.steady);
  REQUIRE(all.reload("?force=true").status == 200);
  all.fleet->wait_until([&] { return !is_alive(before); });
  const auto text = stream.rest();
  CHECK((!text || contains(*text, "\"error\"")));
}

TEST_CASE("reload: a removed role's stream ends in its own time, and then its process does") {
  changing_fleet all;
  all.other = with_free_ports(
      "  other: {model: small, tier: hot, port: @, extra_args: [--fake-chunks, '40', "
      "--fake-chunk-ms, '25']}\n");
  all.start();
  auto stream = all.stream("other");
  REQUIRE(stream.status() == 200);
  REQUIRE(stream.next_piece());
  const auto before = all.fleet->child("other");
  all.write(all.steady);
  REQUIRE(all.reload().status == 200);
  CHECK(all.fleet->chat("other").status == 404);
  const auto text = stream.rest();
  REQUIRE(text);
  CHECK(contains(*text, "\"content\":\" 39\""));
  CHECK(contains(*text, "[DONE]"));
  all.fleet->wait_until([&] { return is_gone(*all.fleet, "other"); });
  CHECK_FALSE(is_alive(before));
  CHECK_FALSE(contains(all.fleet->admin_get("/metrics").body,
                       "rolecall_instance_state{instance=\"other\""));
}

TEST_CASE("reload: hurrying the rest of a removed role leaves those alone that came after it") {
  changing_fleet all;
  all.other = with_free_ports(
      "  other: {model: small, tier: hot, ports: [@, @], extra_args: [--fake-chunks, '100000', "
      "--fake-chunk-ms, '5'], timeouts: {drain: 1s}}\n");
  all.start(all.steady + all.other);
  const std::array<std::string, 2> replicas{"other-1", "other-2"};
  std::vector<pid_t> before;
  for (const auto& name : replicas) {
    all.fleet->wait_for_state(name, "ready");
    before.push_back(all.fleet->child(name));
  }
  auto ended = all.stream("other");
  auto running = all.stream("other");
  REQUIRE(ended.status() == 200);
  REQUIRE(running.status() == 200);
  all.write(all.steady);
  REQUIRE(all.reload().status == 200);
  ended.abandon();
  all.fleet->wait_until([&] {
    const auto left = all.fleet->admin_get("/admin/roles/other").body;
    return contains(left, replicas[0]) != contains(left, replicas[1]);
  });

  all.write(all.steady + with_free_ports(all.role("fresh", "hot", {})));
  REQUIRE(all.reload().status == 200);
  all.fleet->wait_for_state("fresh", "ready");
  const auto fresh = all.fleet->child("fresh");
  CHECK(all.fleet->admin_post("/admin/roles/other/unload?force=true&wait=true").status == 200);
  for (const auto pid : before) CHECK_FALSE(is_alive(pid));
  CHECK(all.fleet->child("fresh") == fresh);
  CHECK(all.fleet->state("fresh") == "ready");
}

TEST_CASE("reload: a forced restart hurries what a changed role's old process still serves") {
  changing_fleet all;
  all.other = all.with(all.other, "timeouts: {drain: 1s}");
  all.start();
  auto running = all.stream("other");
  REQUIRE(running.status() == 200);
  const auto before = all.fleet->child("other");
  all.write(all.steady + all.with(all.other, "context: 4096"));
  REQUIRE(all.reload().status == 200);
  auto waiting = all.stream("other");
  all.fleet->wait_until(
      [&] { return contains(all.fleet->admin_get("/admin/roles/other").body, "\"waiting\":1"); });
  CHECK(all.fleet->admin_post("/admin/roles/other/restart?force=true&wait=true").status == 200);
  CHECK(waiting.status() == 200);
  CHECK_FALSE(is_alive(before));
}

TEST_CASE("reload: who waits for a role that is removed is told so") {
  changing_fleet all;
  all.start();
  auto running = all.stream("other");
  REQUIRE(running.status() == 200);
  http_response waited;
  std::jthread waiting([&] { waited = all.fleet->chat("other"); });
  all.fleet->wait_until(
      [&] { return contains(all.fleet->admin_get("/admin/roles/other").body, "\"waiting\":1"); });
  all.write(all.steady);
  REQUIRE(all.reload().status == 200);
  waiting.join();
  CHECK(waited.status == 404);
  CHECK(contains(waited.body, "removed from the registry"));
  running.abandon();
  all.fleet->wait_until([&] { return is_gone(*all.fleet, "other"); });
}

TEST_CASE("reload: a new HOT role is loaded and serves, a new alias leads to its role") {
  changing_fleet all;
  all.start();
  const auto fresh = with_free_ports(all.role("fresh", "hot", {}));
  all.write(all.with(all.steady, "aliases: [nick]") + all.other + fresh);
  REQUIRE(all.reload().status == 200);
  all.fleet->wait_for_state("fresh", "ready");
  CHECK(all.fleet->chat("fresh").status == 200);
  CHECK(all.fleet->chat("nick").status == 200);
  CHECK(all.fleet->generation("steady") == 1);
}

TEST_CASE("reload: a new role takes the port of one that leaves when that has gone") {
  changing_fleet all;
  all.start();
  auto running = all.stream("other");
  REQUIRE(running.status() == 200);
  const auto before = all.fleet->child("other");
  auto heir = all.other;
  heir.replace(heir.find("other"), 5, "heir");
  all.write(all.steady + heir);
  REQUIRE(all.reload().status == 200);
  REQUIRE(running.next_piece());
  CHECK(all.fleet->state("heir") == "stopped");
  running.abandon();
  all.fleet->wait_for_state("heir", "ready");
  CHECK_FALSE(is_alive(before));
}

TEST_CASE("reload: time-outs change for the requests that come, without a restart") {
  changing_fleet all;
  all.other =
      with_free_ports("  other: {model: small, tier: hot, port: @, extra_args: [--fake-silent]}\n");
  all.start();
  const auto pid = all.fleet->child("other");
  all.write(all.steady + all.with(all.other, "timeouts: {first_byte: 1s}"));
  const auto answer = all.reload();
  CHECK(contains(answer.body, R"("key":"timeouts.first_byte","before":"1m","after":"1s")"));
  CHECK(all.fleet->chat("other").status == 504);
  CHECK(all.fleet->child("other") == pid);
}

TEST_CASE("reload: stopping after a reload leaves no process of either registry") {
  changing_fleet all;
  all.start();
  auto running = all.stream("other");
  REQUIRE(running.status() == 200);
  const auto before = all.fleet->children();
  all.write(all.with(all.steady, "context: 4096"));
  REQUIRE(all.reload().status == 200);
  const auto after = all.fleet->children();
  running.abandon();
  CHECK(all.fleet->stop() == 0);
  for (const auto pid : before) CHECK_FALSE(is_alive(pid));
  for (const auto pid : after) CHECK_FALSE(is_alive(pid));
}

TEST_CASE(
    "reload: the door of a role that is removed says so, and serves the role when it is back") {
  changing_fleet all;
  const auto door = free_ports(1).front();
  all.other = changing_fleet::with(all.other, "listen: 127.0.0.1:" + std::to_string(door));
  all.start();
  CHECK(request(door, "GET", "/v1/models").status == 200);
  all.write(all.steady);
  REQUIRE(all.reload().status == 200);
  all.fleet->wait_until([&] { return request(door, "GET", "/v1/models").status == 404; });
  CHECK(contains(request(door, "GET", "/v1/models").body, "its role 'other' was removed"));
  all.write(all.steady + all.other);
  REQUIRE(all.reload().status == 200);
  all.fleet->wait_until([&] { return request(door, "GET", "/v1/models").status == 200; });
  const auto models = request(door, "GET", "/v1/models").body;
  CHECK(contains(models, "other"));
  CHECK_FALSE(contains(models, "steady"));
}

TEST_CASE("reload: a restart ends well and says so when the role gets another instance meanwhile") {
  changing_fleet all;
  const auto ports = free_ports(3);
  const auto list = [&](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ", ") + std::to_string(ports[i]);
    return "  other: {model: small, tier: hot, ports: [" + text +
           "], extra_args: [--fake-chunks, '100000', --fake-chunk-ms, '5']}\n";
  };
  all.start(list(2));
  all.fleet->wait_for_state("other-1", "ready");
  all.fleet->wait_for_state("other-2", "ready");
  auto running = all.stream("other");
  REQUIRE(running.status() == 200);
  http_response restarted;
  std::jthread restarting(
      [&] { restarted = all.fleet->admin_post("/admin/roles/other/restart?wait=true"); });
  all.fleet->wait_until([&] {
    return all.fleet->state("other-1") == "stopped" || all.fleet->state("other-2") == "stopped";
  });
  all.write(list(3));
  REQUIRE(all.reload().status == 200);
  all.fleet->wait_for_state("other-3", "ready");
  running.abandon();
  restarting.join();
  CHECK(restarted.status != 200);
  CHECK_MESSAGE(contains(restarted.body, "the registry was reloaded meanwhile"), restarted.body);
  all.fleet->wait_for_state("other-1", "ready");
  all.fleet->wait_for_state("other-2", "ready");
  CHECK(all.fleet->generation("other-1") == 2);
  CHECK(all.fleet->generation("other-2") == 2);
  CHECK(all.fleet->generation("other-3") == 1);
}

TEST_CASE("reload: the starts of a role are its own, whoever had its place before") {
  changing_fleet all;
  all.start();
  REQUIRE(all.fleet->admin_post("/admin/roles/other/restart?wait=true").status == 200);
  CHECK(all.fleet->generation("other") == 2);
  all.write(all.steady);
  REQUIRE(all.reload().status == 200);
  all.fleet->wait_until([&] { return is_gone(*all.fleet, "other"); });
  all.write(all.steady + with_free_ports(all.role("heir", "hot", {})));
  REQUIRE(all.reload().status == 200);
  all.fleet->wait_for_state("heir", "ready");
  CHECK(all.fleet->generation("heir") == 1);
}

TEST_CASE("reload: a new role has its metrics at once, one that is removed has none any more") {
  changing_fleet all;
  all.start();
  const auto metrics = [&] { return all.fleet->admin_get("/metrics").body; };
  CHECK(contains(metrics(), R"(rolecall_waiters{priority="background",role="other"} 0)"));
  all.write(all.steady + with_free_ports(all.role("fresh", "warm", {})));
  REQUIRE(all.reload().status == 200);
  CHECK(contains(metrics(),
                 R"(rolecall_instance_state{instance="fresh",role="fresh",state="stopped"} 1)"));
  CHECK(contains(metrics(), R"(rolecall_waiters{priority="background",role="fresh"} 0)"));
  CHECK_FALSE(contains(metrics(), R"(rolecall_waiters{priority="background",role="other"})"));
}

TEST_CASE("reload: another llama-server is shown as the engine") {
  changing_fleet all;
  all.start(with_free_ports(all.role("steady", "warm", {})));
  const auto engine = all.fake.folder.path() / "another-server";
  std::filesystem::copy_file(all.fake.registry.llama_server, engine);
  all.fake.registry.llama_server = engine;
  all.write(all.fake.registry.roles);
  REQUIRE(all.reload().status == 200);
  CHECK(contains(all.fleet->admin_get("/admin/status").body, "another-server"));
  CHECK(contains(all.fleet->admin_get("/metrics").body, "another-server"));
}
