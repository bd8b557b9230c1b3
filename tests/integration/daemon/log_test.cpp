// The daemon's log: forms, levels, what is in it and what is not.
#include "tests/integration/daemon/fake_fleet.hpp"
#include "tests/support/file_text.hpp"
#include "tests/support/running_daemon.hpp"

#include <fstream>
#include <sstream>

#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <signal.h>

using namespace rolecall::test;

namespace {

std::string log_of(const fake_fleet& fake) {
  return file_text(fake.folder.path() / "rolecalld.log");
}

/// Every line as an object; fails the test for a line that is none.
std::vector<rapidjson::Document> objects_in(const std::string& log) {
  std::vector<rapidjson::Document> objects;
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    rapidjson::Document parsed;
    parsed.Parse<rapidjson::kParseValidateEncodingFlag>(line.c_str());
    REQUIRE_MESSAGE(!parsed.HasParseError(), line);
    for (const char* const key : {"time", "level", "component", "event"})
      REQUIRE_MESSAGE((parsed.HasMember(key) && parsed[key].IsString()), line);
    objects.push_back(std::move(parsed));
  }
  return objects;
}

std::string member(const rapidjson::Document& line, const char* key) {
  return line.HasMember(key) ? line[key].GetString() : "";
}

}  // namespace

TEST_CASE("log: JSON is an object a line, and neither keys nor texts are in it at any level") {
  fake_fleet fake;
  const auto keys = fake.folder.path() / "keys";
  const std::string digest = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b";
  std::ofstream(keys) << "ann sha256:" << digest << "\n";  // of "secret"
  std::filesystem::permissions(
      keys, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  fake.registry.host = "  api_keys: " + keys.string() + "\n  admin_keys: " + keys.string() + "\n";
  fake.add("small", "hot", "--fake-load-ms, '1'");
  running_daemon fleet(fake.registry.write(),
                       {"ROLECALL_LOG_FORMAT=json", "ROLECALL_LOG_LEVEL=debug"});
  const auto ask = [&](std::string_view target, const std::string& key) {
    return open_request(fleet.door(), target,
                        R"({"model":"small","messages":[{"role":"user","content":"whisper"}]})",
                        {{"Authorization", "Bearer " + key}})
        .status();
  };
  CHECK(ask("/v1/chat/completions", "secret") == 200);
  CHECK(ask("/v1/chat/completions?key=secret", "rk-stranger") == 401);
  CHECK(ask("/v1/secrets", "secret") == 404);
  CHECK(request(fleet.admin(), "GET", "/admin/status?key=secret").status == 401);
  ::kill(fleet.pid(), SIGHUP);
  fleet.wait_until([&] { return contains(log_of(fake), "\"outcome\":\"applied\""); });
  CHECK(fleet.stop() == 0);

  const auto log = log_of(fake);
  for (const auto& never : {std::string{"secret\""}, std::string{"Bearer"}, digest,
                            std::string{"rk-stranger"}, std::string{"whisper"}})
    CHECK_MESSAGE(!contains(log, never), never);
  bool is_ready = false;
  for (const auto& line : objects_in(log)) {
    is_ready |= member(line, "event") == "transition" && member(line, "to") == "ready";
    CHECK(member(line, "time").size() == std::string_view{"2025-03-09T07:05:02.041Z"}.size());
  }
  CHECK(is_ready);
}

TEST_CASE("log: one line for each change of state, with its reason, and no other") {
  fake_fleet fake;
  fake.add("small", "hot", "--fake-load-ms, '1'");
  running_daemon fleet(fake.registry.write(), {"ROLECALL_LOG_FORMAT=json"});
  fleet.wait_for_state("small", "ready");
  ::kill(fleet.child("small"), SIGKILL);
  fleet.wait_until([&] { return fleet.generation("small") == 2; });
  fleet.wait_for_state("small", "ready");
  const auto told = fleet.events("state");
  CHECK(fleet.stop() == 0);

  std::vector<std::string> logged;
  for (const auto& line : objects_in(log_of(fake))) {
    if (member(line, "event") != "transition") continue;
    CHECK(member(line, "component") == "supervision");
    auto text = member(line, "instance") + ": " + member(line, "from") + " → " + member(line, "to");
    if (const auto reason = member(line, "reason"); !reason.empty()) text += ": " + reason;
    logged.push_back(std::move(text));
  }
  // What was told before the end, less the lines of the engine's log behind a crash's reason.
  REQUIRE(logged.size() > told.size());
  REQUIRE(told.size() >= 5);
  for (std::size_t i = 0; i < told.size(); ++i)
    CHECK(logged[i] == told[i].substr(0, told[i].find('\n')));
  CHECK(contains(logged[2], "ready → backoff: "));
  CHECK(contains(logged[2], "signal 9"));
}

TEST_CASE("log: levels of single components change while the daemon runs") {
  fake_fleet fake;
  fake.add("small", "warm", "--fake-load-ms, '1'");
  running_daemon fleet(fake.registry.write());
  CHECK(fleet.admin_get("/admin/memory").status == 200);
  CHECK(fleet.admin_post("/admin/log-level?component=admin&level=debug").status == 200);
  CHECK(fleet.admin_get("/admin/roles").status == 200);
  CHECK(fleet.admin_post("/admin/log-level?component=admin&level=notice").status == 200);
  CHECK(fleet.admin_get("/admin/status").status == 200);
  CHECK(fleet.stop() == 0);

  const auto log = log_of(fake);
  CHECK(contains(log, "<5>log_level of=admin to=debug\n"));
  CHECK(contains(log, "<7>admin_request method=GET path=/admin/roles status=200\n"));
  CHECK_FALSE(contains(log, "path=/admin/memory"));
  CHECK_FALSE(contains(log, "path=/admin/status"));
}

TEST_CASE("log: a wrong level or form is told at the start, with what there is") {
  const auto level = run({ROLECALLD}, {"ROLECALL_LOG_LEVEL=proxy=loud"});
  CHECK(level.code == 2);
  CHECK(contains(level.err, "there are error, warning, notice, info, debug"));
  CHECK(run({ROLECALLD, "--log-format", "yaml"}).code == 2);
}

TEST_CASE("log: what ends a start is a line of JSON where those are asked for, and else plain") {
  fake_fleet fake;
  const auto file = fake.folder.path() / "none.yaml";
  const auto plain = run({ROLECALLD, "--registry", file.string()});
  const auto json = run({ROLECALLD, "--registry", file.string(), "--log-format=json"});
  CHECK(plain.code == 1);
  CHECK(json.code == 1);
  CHECK(contains(plain.err, file.string()));
  CHECK(plain.err.find('{') == std::string::npos);
  const auto lines = objects_in(json.err);
  REQUIRE_FALSE(lines.empty());
  CHECK(contains(json.err, file.string()));
  CHECK(member(lines.back(), "level") == "error");
}
