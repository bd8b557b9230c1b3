#include "orchestrator/admin/status.hpp"

#include "orchestrator/admin/status_reader.hpp"
#include "tests/support/file_text.hpp"

#include <regex>
#include <set>

#include <doctest/doctest.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>

namespace {

using namespace rolecall::admin;

role_status frontdoor() {
  role_status role;
  role.name = "frontdoor";
  role.model = "qwen3-coder-30b-a3b";
  role.quant = "Q4_K_M";
  role.tier = "hot";
  role.aliases = {"default"};
  role.pinned = true;
  role.waiting = 2;
  role.footprint.weights = 1000;
  role.footprint.mmproj = 1;
  role.footprint.draft = 20;
  role.footprint.kv_cache = 300;
  role.footprint.state = 2;
  role.footprint.draft_kv_cache = 3;
  role.footprint.compute = 6;
  role.footprint.cache_ram = 5;
  role.footprint.checkpoints = 7;
  role.footprint.overhead = 4;
  role.footprint.mapped = {{{1, 2}, 1000, "a.gguf"}, {{1, 3}, 20, "b.gguf"}};
  role.in_flight = 2;
  role.tokens_per_second = 31.25;
  role.speed = 33.5;
  role.expected_speed = 40;
  role.acceptance = 0.75;
  role.priority = 5;
  role.learned = {.private_bytes = 300,
                  .pss = 1200,
                  .samples = 9,
                  .proven = true,
                  .reserve_bytes = 315,
                  .error = -0.125};
  instance_status instance;
  instance.name = "frontdoor";
  instance.state = "ready";
  instance.port = 8080;
  instance.pid = 4711;
  instance.generation = 3;
  instance.restarts = 1;
  instance.leases = 2;
  instance.since_seconds = 12.5;
  instance.idle_seconds = 0.25;
  instance.load_seconds = 3.125;
  instance.reserved_bytes = 1348;
  instance.memory = {.pss = 1100, .anon = 90, .file = 1000, .swapped = 10};
  instance.engine = {
      .age_seconds = 1.5, .slots_busy = 2, .deferred = 1, .tokens_per_second = 31.25};
  instance.log = "/var/log/rolecall/frontdoor.log";
  role.instances = {instance};
  return role;
}

/// Two instances that load: one reads its files, the other waits for room.
role_status architect() {
  role_status role;
  role.name = "architect_general";
  role.model = "qwen3-235b-a22b";
  role.tier = "warm";
  instance_status reading;
  reading.name = "architect_general-1";
  reading.state = "starting";
  reading.reason = "operator";
  reading.reason_kind = "operator";
  reading.load = {
      .phase = "page_in", .ratio = 0.42, .bytes_per_second = 3.3e9, .elapsed_seconds = 18.5};
  instance_status queued;
  queued.name = "architect_general-2";
  queued.state = "stopped";
  queued.load = {
      .phase = "queued", .ratio = std::nullopt, .bytes_per_second = {}, .elapsed_seconds = 2};
  role.instances = {reading, queued};
  return role;
}

role_status shared() {
  role_status role;
  role.name = "worker_math";
  role.tier = "warm";
  role.shares = "worker_general";
  return role;
}

fleet_status fleet() {
  fleet_status status;
  status.version = "0.1.0";
  status.engine = "0.7.0";
  status.registry_file = "/etc/rolecall/model_registry.yaml";
  status.registry = {.generation = 3,
                     .loaded_at = 1'700'000'000,
                     .hash = "00ff",
                     .drift = "it has changed",
                     .waiting = {"host.listen"}};
  status.uptime_seconds = 60;
  status.memory_total = 10'000;
  status.budget = 8'000;
  status.reserved = 1'330;
  status.host = {.available = 6000,
                 .fleet_files = 1000,
                 .floor = 100,
                 .missing = 0,
                 .stalled = 0.5,
                 .limited_by = "the host"};
  status.listen = {"127.0.0.1:8070"};
  status.roles = {frontdoor(), architect(), shared()};
  return status;
}

const char* const host_json =
    R"("host":{"available_bytes":6000,"fleet_files_bytes":1000,"floor_bytes":100,"missing_bytes":0,)"
    R"("stalled":0.5,"limited_by":"the host"})";

/// Indented: what the golden file holds, so that a change can be read.
std::string pretty(const std::string& json) {
  rapidjson::StringBuffer buffer;
  rapidjson::PrettyWriter<rapidjson::StringBuffer> writer{buffer};
  writer.SetIndent(' ', 2);
  rapidjson::StringStream in{json.c_str()};
  rapidjson::Reader reader;
  CHECK_FALSE(reader.Parse<rapidjson::kParseFullPrecisionFlag>(in, writer).IsError());
  return std::string{buffer.GetString(), buffer.GetSize()} + "\n";
}

const std::filesystem::path source{ROLECALL_SOURCE_DIR};

std::string golden() {
  return rolecall::test::file_text(source / "tests/unit/admin/golden/status.json");
}

/// Every member's name in the golden file.
std::set<std::string> member_names() {
  const auto json = golden();
  std::set<std::string> names;
  static const std::regex member{"\"(\\w+)\":"};
  for (std::sregex_iterator it{json.begin(), json.end(), member}, end; it != end; ++it)
    names.insert((*it)[1]);
  return names;
}

}  // namespace

TEST_CASE("admin status: the fleet's JSON is the golden file, byte for byte") {
  CHECK(pretty(to_json(fleet())) == golden());
}

TEST_CASE("admin status: every member of the golden file is in docs/status.md") {
  const auto page = rolecall::test::file_text(source / "docs/status.md");
  const auto names = member_names();
  CHECK(names.size() > 60);
  for (const auto& name : names)
    CHECK_MESSAGE(page.find("`" + name + "`") != std::string::npos, name);
}

TEST_CASE("admin status: a role's JSON is the same alone, among the roles and in the fleet") {
  const auto roles = R"("roles":[)" + to_json(frontdoor()) + "," + to_json(architect()) + "," +
                     to_json(shared()) + "]}";
  CHECK(roles_json(fleet()) == "{" + roles);
  CHECK(to_json(fleet()).ends_with("," + roles));
}

TEST_CASE("admin status: an event's JSON has exactly these members") {
  CHECK(to_json(fleet_event{7, 1'700'000'000'123, "state", "frontdoor", "frontdoor",
                            "starting → ready"}) ==
        R"({"id":7,"unix_milliseconds":1700000000123,"kind":"state","role":"frontdoor",)"
        R"("instance":"frontdoor","text":"starting → ready"})");
}

TEST_CASE("admin status: memory lists what is reserved by roles that have processes of their own") {
  auto status = fleet();
  status.roles = {frontdoor(), shared()};
  status.roles[0].instances.push_back(status.roles[0].instances[0]);
  CHECK(
      memory_json(status) ==
      R"({"total_bytes":10000,"budget_bytes":8000,"reserved_bytes":1330,"free_bytes":6670,)" +
          std::string{host_json} +
          R"(,"roles":[{"name":"frontdoor","tier":"hot","state":"ready","instances":2,)"
          R"("reserved_bytes":2696,)"
          R"("footprint":{"weights_bytes":1000,"mmproj_bytes":1,"draft_bytes":20,"kv_cache_bytes":300,)"
          R"("state_bytes":2,"draft_kv_cache_bytes":3,"compute_bytes":6,"cache_ram_bytes":5,)"
          R"("checkpoints_bytes":7,"overhead_bytes":4,"total_bytes":1348,"mapped_bytes":1020},)"
          R"("learned":{"private_bytes":300,"pss_bytes":1200,"samples":9,"proven":true,)"
          R"("reserve_bytes":315,"error":-0.125}}]})");
}

TEST_CASE("admin status: reserved above the budget leaves nothing free") {
  auto status = fleet();
  status.reserved = 9'000;
  CHECK(memory_json(status).find(R"("free_bytes":0)") != std::string::npos);
}

TEST_CASE("admin status: quotes, control characters and bytes that are not UTF-8 give valid JSON") {
  fleet_event event;
  event.text = "\"quoted\"\n\x01 cut \xE2\x86";
  CHECK(to_json(event).find(R"(\"quoted\"\n\u0001 cut )"
                            "\xEF\xBF\xBD") != std::string::npos);
  const auto read = read_fleet_event(to_json(event));
  REQUIRE(read);
  CHECK(read->text == "\"quoted\"\n\x01 cut \xEF\xBF\xBD");
}

TEST_CASE("admin status: a role is in the state of its instance that is nearest to serving") {
  auto role = frontdoor();
  role.instances.resize(3, role.instances[0]);
  role.instances[0].state = "failed";
  role.instances[1].state = "starting";
  role.instances[2].state = "stopped";
  CHECK(state_of(role) == "starting");
  role.instances[2].state = "ready";
  CHECK(state_of(role) == "ready");
  role.instances.clear();
  CHECK(state_of(role).empty());
}

TEST_CASE("admin status: a role is found by its name and by an alias") {
  const auto status = fleet();
  REQUIRE(find_role(status, "default") != nullptr);
  CHECK(find_role(status, "default")->name == "frontdoor");
  CHECK(find_role(status, "worker_math")->shares == "worker_general");
  CHECK(find_role(status, "nobody") == nullptr);
}

TEST_CASE("admin status: what was written is read back") {
  const auto written = to_json(fleet());
  const auto read = read_fleet_status(written);
  REQUIRE(read);
  CHECK(to_json(*read) == written);
  const auto role = read_role_status(to_json(architect()));
  REQUIRE(role);
  CHECK(to_json(*role) == to_json(architect()));
}

TEST_CASE("admin status: members of another type or missing keep their defaults") {
  const auto read = read_fleet_status(
      R"({"version":7,"memory":[],"listen":["a",1],"roles":[{"name":"x","pinned":"yes","instances":[{"port":70000,"leases":-1}]},7]})");
  REQUIRE(read);
  CHECK(read->version.empty());
  CHECK(read->listen == std::vector<std::string>{"a"});
  REQUIRE(read->roles.size() == 2);
  CHECK(read->roles[0].name == "x");
  CHECK_FALSE(read->roles[0].pinned);
  REQUIRE(read->roles[0].instances.size() == 1);
  CHECK(read->roles[0].instances[0].port == 0);
  CHECK(read->roles[0].instances[0].leases == 0);
}

TEST_CASE("admin status: text that is no status is not read") {
  CHECK_FALSE(read_fleet_status(""));
  CHECK_FALSE(read_fleet_status("<html>"));
  CHECK_FALSE(read_fleet_status("[]"));
  CHECK_FALSE(read_fleet_status(R"({"error":{}})"));
  CHECK_FALSE(read_role_status("{}"));
  CHECK_FALSE(read_fleet_event("null"));
  CHECK_FALSE(read_fleet_status(std::string(100'000, '[')));
}
