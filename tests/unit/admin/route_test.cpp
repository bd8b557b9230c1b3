#include "orchestrator/admin/route.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall::admin;

template <typename Request>
void check_routes(const char* method, const char* target, const Request& wanted) {
  CAPTURE(target);
  const auto routed = route(method, target);
  REQUIRE(routed.has_value());
  REQUIRE(std::holds_alternative<Request>(*routed));
  CHECK((std::get<Request>(*routed) == wanted));
}

void check_refuses(const char* method, const char* target, unsigned status,
                   const std::string& message) {
  CAPTURE(target);
  const auto routed = route(method, target);
  REQUIRE(routed.has_error());
  CHECK(routed.error().status == status);
  CHECK(routed.error().message.find(message) != std::string::npos);
}

}  // namespace

TEST_CASE("admin route: each endpoint is found") {
  check_routes("GET", "/livez", livez{});
  check_routes("GET", "/readyz", readyz{});
  check_routes("GET", "/metrics", metrics_page{});
  check_routes("HEAD", "/metrics", metrics_page{});
  check_routes("GET", "/admin/status", status_page{});
  check_routes("GET", "/admin/status/", status_page{});
  check_routes("GET", "/admin/memory", memory_page{});
  check_routes("GET", "/admin/roles", roles_page{});
  check_routes("GET", "/admin/roles/worker_math", role_page{"worker_math"});
  check_routes("GET", "/admin/roles/worker_math/plan", plan_page{"worker_math"});
  check_routes("POST", "/admin/reload", reload{});
  check_routes("POST", "/admin/reload?dry_run=true&force", reload{true, true});
}

TEST_CASE("admin route: commands carry wait and force, which are off unless asked for") {
  check_routes("POST", "/admin/roles/a/load", role_command{command::load, "a", false, false});
  check_routes("POST", "/admin/roles/a/unload?wait=true&force=true",
               role_command{command::unload, "a", true, true});
  check_routes("POST", "/admin/roles/a/restart?wait",
               role_command{command::restart, "a", true, false});
  check_routes("POST", "/admin/roles/a/pin?wait=false",
               role_command{command::pin, "a", false, false});
  check_routes("POST", "/admin/roles/a/unpin?force=1",
               role_command{command::unpin, "a", false, true});
}

TEST_CASE("admin route: names are percent-decoded") {
  check_routes("GET", "/admin/roles/a%20b%2Fc", role_page{"a b/c"});
  check_refuses("GET", "/admin/roles/a%2", 400, "%");
  check_refuses("GET", "/admin/roles/a%zz", 400, "%");
}

TEST_CASE("admin route: feeds read their parameters") {
  check_routes("GET", "/admin/events", event_feed{std::nullopt, true});
  check_routes("GET", "/admin/events?after=17&follow=false", event_feed{17, false});
  check_routes("GET", "/admin/logs/a", log_feed{"a", 50, false});
  check_routes("GET", "/admin/logs/a?lines=3&follow=true", log_feed{"a", 3, true});
  check_routes("GET", "/admin/logs/a?lines=99999999", log_feed{"a", most_log_lines, false});
}

TEST_CASE("admin route: requests are listed by role, number and slowness, and asked for by id") {
  check_routes("GET", "/admin/requests", requests_page{"", 50, false});
  check_routes("HEAD", "/admin/requests", requests_page{"", 50, false});
  check_routes("GET", "/admin/requests?role=coder&limit=7&slow=true",
               requests_page{"coder", 7, true});
  check_routes("GET", "/admin/requests?limit=1000&slow", requests_page{"", 1000, true});
  check_routes("GET", "/admin/requests/r-1", request_page{"r-1"});
  check_routes("GET", "/admin/requests/a%2Fb%3Fc", request_page{"a/b?c"});
  for (const char* limit : {"0", "1001", "99999999999"})
    check_refuses("GET", ("/admin/requests?limit=" + std::string{limit}).c_str(), 400,
                  "limit must be 1 to 1000, not " + std::string{limit});
  check_refuses("GET", "/admin/requests?limit=few", 400, "limit must be a whole number");
  check_refuses("GET", "/admin/requests?slow=maybe", 400, "slow must be true or false");
  check_refuses("GET", "/admin/requests/r-1?limit=1", 400, "unknown parameter 'limit'");
  check_refuses("POST", "/admin/requests", 405, "takes GET, HEAD");
}

TEST_CASE("admin route: a parameter that is unknown, malformed or given twice is refused") {
  check_refuses("POST", "/admin/roles/a/load?wiat=true", 400, "unknown parameter 'wiat'");
  check_refuses("GET", "/admin/status?x=1", 400, "unknown parameter 'x'");
  check_refuses("POST", "/admin/roles/a/load?wait=perhaps", 400,
                "wait must be true or false, not 'perhaps'");
  check_refuses("GET", "/admin/events?after=-1", 400, "after must be a whole number");
  check_refuses("GET", "/admin/events?after=", 400, "after must be a whole number");
  check_refuses("GET", "/admin/events?after=99999999999999999999999", 400,
                "after must be a whole number");
  check_refuses("POST", "/admin/roles/a/load?wait=true&wait=false", 400, "twice");
}

TEST_CASE("admin route: log levels are shown, and changed for one component or for all") {
  using rolecall::component;
  using rolecall::priority;
  check_routes("GET", "/admin/log-level", log_levels_page{});
  check_routes("POST", "/admin/log-level?component=proxy&level=debug",
               log_level_change{{component::proxy, priority::debug}});
  check_routes("POST", "/admin/log-level?level=error",
               log_level_change{{std::nullopt, priority::error}});
  check_refuses("POST", "/admin/log-level?component=relay&level=debug", 400,
                "unknown component 'relay'; there are service, registry");
  check_refuses("POST", "/admin/log-level?level=loud", 400,
                "unknown level 'loud'; there are error, warning");
  check_refuses("POST", "/admin/log-level?component=proxy", 400, "level is missing");
  check_refuses("POST", "/admin/log-level", 400, "level is missing");
  check_refuses("POST", "/admin/log-level?level=info&wait", 400, "unknown parameter 'wait'");
  check_refuses("GET", "/admin/log-level?level=debug", 405, "takes POST, not GET");
  check_refuses("DELETE", "/admin/log-level", 405, "takes GET, HEAD");
}

TEST_CASE("admin route: what there is not is named, with what there is") {
  check_refuses("GET", "/", 404, "/admin/status");
  check_refuses("GET", "/admin", 404, "/admin/status");
  check_refuses("GET", "/admin/roles/a/load/b", 404, "no such endpoint");
  check_refuses("POST", "/admin/roles/a/explode", 404,
                "unknown command 'explode'; there are plan, load, unload");
}

TEST_CASE("admin route: the wrong method is told the right ones") {
  check_refuses("GET", "/admin/roles/a/load", 405, "takes POST, not GET");
  CHECK(route("GET", "/admin/reload").error().allow == "POST");
  check_refuses("POST", "/admin/status", 405, "takes GET, HEAD, not POST");
  CHECK(route("DELETE", "/admin/roles/a").error().allow == "GET, HEAD");
  check_refuses("HEAD", "/admin/events", 405, "takes GET, not HEAD");
}
