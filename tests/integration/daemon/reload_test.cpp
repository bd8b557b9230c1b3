#include "tests/integration/daemon/fake_fleet.hpp"
#include "tests/support/free_ports.hpp"
#include "tests/support/running_daemon.hpp"

#include <fstream>
#include <optional>
#include <thread>

#include <doctest/doctest.h>

#include <signal.h>

using namespace rolecall::test;

namespace {

/// A fleet whose registry is written anew, ports as they are. Roles: two that stream for as long as
/// somebody listens, on ports of their own.
struct changing_fleet {
  fake_fleet fake;
  std::string steady = with_free_ports(role("steady", "hot", {}));
  std::string other = with_free_ports(role("other", "hot", {}));
  std::optional<running_daemon> fleet;

  static std::string role(const std::string& name, const std::string& tier,
                          const std::string& keys) {
    return "  " + name + ": {model: small, tier: " + tier +
           ", port: @, extra_args: [--fake-chunks, '100000', --fake-chunk-ms, '5']" +
           (keys.empty() ? "" : ", " + keys) + "}\n";
  }
  // The role as it was written, with further keys.
  static std::string with(const std::string& written, const std::string& keys) {
    return written.substr(0, written.rfind('}')) + ", " + keys + "}\n";
  }

  void write(const std::string& roles) {
    fake.registry.roles = roles;
    (void)fake.registry.write();
  }
  void start(const std::string& roles) {
    write(roles);
    fleet.emplace(fake.folder.path() / "model_registry.yaml");
  }
  void start() {
    start(steady + other);
    fleet->wait_for_state("steady", "ready");
    fleet->wait_for_state("other", "ready");
  }
  [[nodiscard]] http_response reload(const std::string& parameters = {}) const {
    return fleet->admin_post("/admin/reload" + parameters);
  }
  [[nodiscard]] open_request stream(const std::string& name) const {
    return {fleet->door(), "/v1/chat/completions", stream_of(name)};
  }
};

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

TEST_CASE("reload: a dry run tells the plan and changes nothing") {
  changing_fleet all;
  all.start();
  const auto pid = all.fleet->child("other");
  all.write(all.steady + all.with(all.other, "context: 4096"));
  const auto answer = all.reload("?dry_run=true");
  CHECK(answer.status == 200);
  CHECK(contains(answer.body, "\"applied\":false"));
  CHECK(contains(answer.body, "\"change\":\"restart\""));
  CHECK(all.fleet->child("other") == pid);
  CHECK(contains(all.fleet->admin_get("/admin/status").body, "\"registry_generation\":1"));
}

TEST_CASE("reload: garbage, an empty file and a missing one are refused with their places") {
  changing_fleet all;
  all.start();
  const auto pid = all.fleet->child("other");
  const auto file = all.fake.folder.path() / "model_registry.yaml";
  const auto check_refused = [&](const std::string& expected) {
    const auto answer = all.reload();
    CHECK(answer.status == 422);
    CHECK_MESSAGE(contains(answer.body, expected), answer.body);
    CHECK(contains(answer.body, "the fleet goes on as it was"));
  };
  std::ofstream(file) << "\x01\x02 not: [yaml";
  check_refused("model_registry.yaml:");
  std::ofstream(file) << "";
  check_refused("model_registry.yaml");
  std::filesystem::remove(file);
  check_refused("model_registry.yaml");
  all.write(all.steady + all.with(all.other, "contxt: 4096"));
  check_refused("contxt");
  all.write(all.steady + all.other + "  broken: {model: absent, tier: warm, port: 1}\n");
  check_refused("absent");
  CHECK(all.fleet->child("other") == pid);
  CHECK(all.fleet->chat("steady").status == 200);
  const auto metrics = all.fleet->admin_get("/metrics").body;
  CHECK(contains(metrics, "rolecall_registry_reloads_total{outcome=\"refused\"} 5"));
  CHECK(contains(metrics, "rolecall_registry_generation 1"));
}

TEST_CASE("reload: SIGHUP does it, and the status tells of the file that has changed until then") {
  changing_fleet all;
  all.start();
  const auto status = [&] { return all.fleet->admin_get("/admin/status").body; };
  CHECK(contains(status(), "\"registry_drift\":\"\""));
  all.write(all.with(all.steady, "aliases: [nick]") + all.other);
  all.fleet->wait_until([&] { return contains(status(), "has changed since it was read"); });
  REQUIRE(::kill(all.fleet->pid(), SIGHUP) == 0);
  all.fleet->wait_until([&] { return contains(status(), "\"registry_generation\":2"); });
  CHECK(contains(status(), "\"registry_drift\":\"\""));
  CHECK(all.fleet->chat("nick").status == 200);
}

TEST_CASE("reload: what waits for a restart of rolecalld is named, and stays as it was") {
  changing_fleet all;
  all.start();
  all.fake.registry.host = "  data_threads: 3\n";
  all.write(all.steady + all.other);
  const auto answer = all.reload();
  CHECK(contains(answer.body, R"("key":"host.data_threads","before":"1","after":"3",)"
                              R"("waits_for_restart":true)"));
  CHECK(contains(all.fleet->admin_get("/admin/status").body,
                 R"("waits_for_restart":["host.data_threads"])"));
  CHECK(contains(all.reload("?dry_run=true").body, "host.data_threads"));
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
