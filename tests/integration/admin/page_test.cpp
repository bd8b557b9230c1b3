#include "orchestrator/admin/requests_json.hpp"
#include "orchestrator/admin/status_reader.hpp"
#include "tests/integration/admin/admin_door.hpp"
#include "tests/integration/admin/peer.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using test::admin_door;

}  // namespace

TEST_CASE("admin: the status page is the fleet's JSON") {
  const admin_door door;
  const auto page = door.get("/admin/status");
  CHECK(page.status == 200);
  CHECK(page.headers.at("content-type") == "application/json");
  CHECK(page.headers.at("cache-control") == "no-store");
  CHECK(page.body == to_json(test::small_fleet()));
}

TEST_CASE("admin: roles are listed, and shown one by one, by name or alias") {
  const admin_door door;
  const auto fleet = test::small_fleet();
  CHECK(door.get("/admin/roles").body == roles_json(fleet));
  CHECK(door.get("/admin/roles/embedder").body == to_json(fleet.roles[1]));
  CHECK(door.get("/admin/roles/default").body == to_json(fleet.roles[0]));
  const auto missing = door.get("/admin/roles/nobody");
  CHECK(missing.status == 404);
  CHECK(
      missing.body ==
      R"({"error":{"message":"unknown role 'nobody'; the roles are frontdoor, embedder, worker_math",)"
      R"("type":"not_found_error","code":"unknown_role"}})");
}

TEST_CASE("admin: the memory page is the memory's JSON") {
  const admin_door door;
  CHECK(door.get("/admin/memory").body == memory_json(test::small_fleet()));
}

TEST_CASE("admin: requests are asked of the fleet as the query says, and are its JSON") {
  admin_door door;
  tracing::request_trace trace;
  trace.id = "r-1";
  trace.role = "frontdoor";
  trace.marks.ended = trace.marks.started + std::chrono::seconds{1};
  door.on_control([&](auto& fleet) { fleet.remembered = {trace}; });
  const auto json = admin::to_json({trace}, std::chrono::steady_clock::now());
  const auto page = door.get("/admin/requests?role=default&limit=7&slow=true");
  CHECK(page.status == 200);
  CHECK(page.headers.at("content-type") == "application/json");
  CHECK(page.body == json);
  CHECK(door.get("/admin/requests").body == json);
  CHECK(door.get("/admin/requests/r-1").body == json);
  door.on_control([](auto& fleet) {
    REQUIRE(fleet.queries.size() == 3);
    CHECK(fleet.queries[0].role == "frontdoor");  // of which "default" is an alias
    CHECK(fleet.queries[0].limit == 7);
    CHECK(fleet.queries[0].slow);
    CHECK(fleet.queries[1].role == "");
    CHECK(fleet.queries[1].limit == 50);
    CHECK_FALSE(fleet.queries[1].slow);
    CHECK(fleet.queries[2].id == "r-1");
    CHECK(fleet.queries[2].role == "");
  });
}

TEST_CASE("admin: an unknown role's requests and an unknown request are 404 with what to do") {
  const admin_door door;
  CHECK(door.get("/admin/requests?role=nobody").status == 404);
  CHECK(door.get("/admin/requests").body == R"({"requests":[]})");
  const auto page = door.get("/admin/requests/r-9");
  CHECK(page.status == 404);
  CHECK(page.body.find(R"("code":"unknown_request")") != std::string::npos);
  CHECK(page.body.find("'r-9'") != std::string::npos);
  CHECK(page.body.find("`rolectl requests`") != std::string::npos);
}

TEST_CASE("admin: metrics have the type that Prometheus reads") {
  const admin_door door;
  const auto page = door.get("/metrics");
  CHECK(page.status == 200);
  CHECK(page.headers.at("content-type") == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(page.body == "rolecall_build_info 1\n");
}

TEST_CASE("admin: a bug behind a page is answered 500 and takes nothing else down") {
  admin_door door;
  door.on_control([](auto& fleet) { fleet.is_broken = true; });
  const auto page = door.get("/metrics");
  CHECK(page.status == 500);
  CHECK(page.body.find("no such family") != std::string::npos);
  CHECK(door.get("/livez").status == 200);
}

TEST_CASE("admin: the daemon is alive in any case, and ready when the HOT roles are") {
  admin_door door;
  CHECK(door.get("/livez").status == 200);
  CHECK(door.get("/readyz").status == 200);
  door.on_control([](auto& fleet) {
    fleet.is_hot_ready = false;
    fleet.current.roles[0].instances[0].state = "starting";
  });
  const auto page = door.get("/readyz");
  CHECK(page.status == 503);
  CHECK(page.body == "not ready: frontdoor (starting)\n");
  CHECK(door.get("/livez").status == 200);
}

TEST_CASE("admin: reload answers its plan, and a wrong registry with every place") {
  admin_door door;
  const auto page = door.post("/admin/reload?dry_run=true");
  CHECK(page.status == 200);
  CHECK(page.body.find("\"applied\":false") != std::string::npos);
  door.on_control([](auto& fleet) {
    REQUIRE(fleet.reloads.size() == 1);
    CHECK(fleet.reloads[0].dry_run);
    CHECK_FALSE(fleet.reloads[0].force);
    fleet.reloaded = admin::reload_refusal{
        .is_wrong = true, .message = "cannot reload r.yaml", .diagnostics = {"r.yaml:1:2: error"}};
  });
  const auto refused = door.post("/admin/reload");
  CHECK(refused.status == 422);
  CHECK(refused.body.find("\"diagnostics\":[\"r.yaml:1:2: error\"]") != std::string::npos);
  door.on_control([](auto& fleet) {
    fleet.reloaded = admin::reload_refusal{
        .is_wrong = false, .message = "cannot reload: another is under way", .diagnostics = {}};
  });
  CHECK(door.post("/admin/reload").status == 409);
}

TEST_CASE("admin: the unix socket answers as the TCP door does") {
  admin_door door;
  test::peer client{door.socket()};
  client.send(test::request_text("GET", "/livez"));
  const auto answer = client.read_to_end();
  CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
  CHECK(answer.ends_with("\r\n\r\nok\n"));
}
