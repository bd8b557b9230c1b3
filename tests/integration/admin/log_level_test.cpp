#include "orchestrator/log/log_level.hpp"

#include "tests/integration/admin/admin_door.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using test::admin_door;

TEST_CASE("admin: log levels are shown, and a change is answered with them and counts at once") {
  const admin_door door;
  const std::string usual =
      R"({"levels":{"service":"info","registry":"info","residency":"info","supervision":"info",)"
      R"("memory":"info","observation":"info","proxy":"info","admin":"info"}})";
  CHECK(door.get("/admin/log-level").body == usual);

  const auto changed = door.post("/admin/log-level?component=proxy&level=debug");
  CHECK(changed.status == 200);
  CHECK(changed.headers.at("content-type") == "application/json");
  CHECK(changed.body.find(R"("observation":"info","proxy":"debug","admin":"info")") !=
        std::string::npos);
  CHECK(is_logged(priority::debug, component::proxy));
  CHECK(door.get("/admin/log-level").body == changed.body);

  CHECK(door.post("/admin/log-level?component=proxy&level=loud").status == 400);
  CHECK(log_level(component::proxy) == priority::debug);
  CHECK(door.post("/admin/log-level?level=info").body == usual);
  CHECK_FALSE(is_logged(priority::debug, component::proxy));
}
