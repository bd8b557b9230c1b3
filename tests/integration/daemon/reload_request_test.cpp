// How a reload is asked for, and what is refused as a whole.
#include "tests/integration/daemon/changing_fleet.hpp"

#include <fstream>
#include <string>
#include <thread>

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/stat.h>

using namespace rolecall::test;

namespace {

/// An engine whose question for its flags is answered, with a refusal, when the test says so: as
/// long as a role names it, the reading of the registry takes.
class slow_engine {
 public:
  explicit slow_engine(const std::filesystem::path& folder)
      : file_(folder / "slow-engine"), gate_(folder / "gate") {
    REQUIRE(::mkfifo(gate_.c_str(), 0600) == 0);
    std::ofstream(file_) << "#!/bin/sh\nread -r nothing < '" << gate_.string() << "'\nexit 1\n";
    std::filesystem::permissions(file_, std::filesystem::perms::owner_all);
  }

  [[nodiscard]] std::string role() const {
    return with_free_ports(
        "  slow: {model: small, tier: warm, port: @, llama_server: " + file_.string() + "}\n");
  }
  /// Waits for the question.
  void wait() { opened_.open(gate_); }
  void answer() { opened_.close(); }

 private:
  std::filesystem::path file_;
  std::filesystem::path gate_;
  std::ofstream opened_;
};

}  // namespace

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

TEST_CASE("reload: SIGHUP while a dry run reads the registry waits for its end, and is not lost") {
  changing_fleet all;
  slow_engine slow(all.fake.folder.path());
  all.start();
  all.write(all.steady + all.other + slow.role());
  http_response planned;
  std::jthread planning([&] { planned = all.reload("?dry_run=true"); });
  slow.wait();
  CHECK(all.reload().status == 409);
  all.write(all.with(all.steady, "aliases: [nick]") + all.other);
  REQUIRE(::kill(all.fleet->pid(), SIGHUP) == 0);
  CHECK(all.fleet->admin_get("/livez").status == 200);
  slow.answer();
  planning.join();
  CHECK(planned.status == 422);
  all.fleet->wait_until([&] {
    return contains(all.fleet->admin_get("/admin/status").body, "\"registry_generation\":2");
  });
  CHECK(all.fleet->chat("nick").status == 200);
}

TEST_CASE("reload: the last of several SIGHUPs wins") {
  changing_fleet all;
  slow_engine slow(all.fake.folder.path());
  all.start();
  all.write(all.steady + all.other + slow.role());
  REQUIRE(::kill(all.fleet->pid(), SIGHUP) == 0);
  slow.wait();
  all.write(all.with(all.steady, "aliases: [nick]") + all.other);
  REQUIRE(::kill(all.fleet->pid(), SIGHUP) == 0);
  REQUIRE(::kill(all.fleet->pid(), SIGHUP) == 0);
  CHECK(all.fleet->admin_get("/livez").status == 200);
  slow.answer();
  all.fleet->wait_until([&] {
    return contains(all.fleet->admin_get("/admin/status").body, "\"registry_generation\":2");
  });
  CHECK(all.fleet->chat("nick").status == 200);
}

TEST_CASE("reload: keys that cannot be used are refused as the next start would refuse them") {
  changing_fleet all;
  const auto keys = all.fake.folder.path() / "keys";
  const std::string line =
      "ann sha256:2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b\n";  // "secret"
  std::ofstream(keys) << line;
  std::filesystem::permissions(
      keys, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  all.fake.registry.host = "  api_keys: " + keys.string() + "\n";
  all.start();
  const auto ask = [&] {
    return open_request(all.fleet->door(), "/v1/chat/completions", stream_of("steady"),
                        {{"Authorization", "Bearer secret"}})
        .status();
  };
  CHECK(ask() == 200);
  std::ofstream(keys) << "nonsense\n";
  for (const auto* how : {"?dry_run=true", ""}) {
    const auto answer = all.reload(how);
    CHECK(answer.status == 422);
    CHECK_MESSAGE(contains(answer.body, keys.string() + ":1:1: error: "), answer.body);
  }
  CHECK(ask() == 200);
  std::ofstream(keys) << "bob sha256:" << std::string(64, 'a') << "\n";
  CHECK(all.reload("?dry_run=true").status == 200);
  CHECK(ask() == 200);
  CHECK(all.reload().status == 200);
  all.fleet->wait_until([&] { return ask() == 401; });
}

TEST_CASE("reload: an instance does not get the port of a door, nor that of a removed role's") {
  changing_fleet all;
  const auto door = std::to_string(free_ports(1).front());
  all.other = changing_fleet::with(all.other, "listen: 127.0.0.1:" + door);
  all.start();
  all.write(all.steady);
  REQUIRE(all.reload().status == 200);
  all.write(all.steady + "  heir: {model: small, tier: warm, port: " + door + "}\n");
  for (const auto* how : {"?dry_run=true", ""}) {
    const auto answer = all.reload(how);
    CHECK(answer.status == 422);
    CHECK_MESSAGE(contains(answer.body, "cannot give heir port " + door), answer.body);
    CHECK(contains(answer.body, "roles.other.listen"));
  }
  all.write(all.steady + all.other);
  const auto answer = all.reload();
  CHECK(answer.status == 200);
  CHECK_FALSE(contains(answer.body, "\"waits_for_restart\":true"));
}

TEST_CASE("reload: is refused while the rolecalld before has processes that end") {
  changing_fleet all;
  all.other = with_free_ports(
      "  other: {model: small, tier: hot, port: @, extra_args: [--fake-ignore-term]}\n");
  all.start();
  const auto left = all.fleet->child("other");
  all.fleet->kill();
  all.fleet.reset();
  all.start(all.steady);
  CHECK(all.reload("?dry_run=true").status == 200);
  const auto answer = all.reload();
  REQUIRE(is_alive(left));  // it is killed after ten seconds
  CHECK(answer.status == 409);
  CHECK_MESSAGE(contains(answer.body, "still ending"), answer.body);
  all.fleet->wait_until([&] { return all.reload().status == 200; });
  CHECK_FALSE(is_alive(left));
}
