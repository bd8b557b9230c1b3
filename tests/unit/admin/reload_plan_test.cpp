#include "orchestrator/admin/reload_plan.hpp"

#include "orchestrator/admin/status_reader.hpp"

#include <doctest/doctest.h>

using namespace rolecall::admin;
using change = reload_plan::change;

namespace {

reload_plan some_plan() {
  reload_plan plan;
  plan.applied = true;
  plan.generation = 4;
  plan.host = {{"host.listen", "127.0.0.1:1", "127.0.0.1:2", true},
               {"host.patience", "15s", "2s", false}};
  plan.roles.push_back({"a", "hot", change::restart, "its port differs", {{"port", "1", "2"}}});
  plan.roles.push_back({"b", "warm", change::removed, "", {}});
  plan.notes = {"r.yaml:1:2: warning: odd"};
  return plan;
}

}  // namespace

TEST_CASE("admin reload plan: its JSON is read back as it was written") {
  const auto text = to_json(some_plan());
  const auto read = read_reload_plan(text);
  REQUIRE(read);
  CHECK(to_json(*read) == text);
  CHECK(read->applied);
  CHECK(read->roles[0].what == change::restart);
  CHECK(read->host[0].waits);
  CHECK_FALSE(read_reload_plan("[]"));
}

TEST_CASE("admin reload plan: the summary counts what happens") {
  CHECK(summary(some_plan()) ==
        "1 role restarts, 1 role is removed; 1 setting of the host changes; 1 setting waits for a "
        "restart of rolecalld");
}

TEST_CASE("admin reload plan: it is empty when nobody and nothing changes") {
  reload_plan plan;
  plan.roles.push_back({"a", "hot", change::unchanged, "", {}});
  CHECK(plan.is_empty());
  plan.roles[0].settings.push_back({"listen", "-", "127.0.0.1:1", true});
  CHECK_FALSE(plan.is_empty());
}
