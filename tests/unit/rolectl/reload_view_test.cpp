#include "tools/rolectl/reload_view.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using admin::reload_plan;
using change = reload_plan::change;

namespace {

const rolectl::screen plain{};

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("rolectl reload: what happens to whom, and why, is told; the unchanged are counted") {
  reload_plan plan;
  plan.roles.push_back({"front", "hot", change::unchanged, "", {}});
  plan.roles.push_back(
      {"coder", "hot", change::restart, "its port differs: 1 → 2", {{"port", "1", "2", false}}});
  plan.roles.push_back({"old", "warm", change::removed, "", {}});
  plan.host.push_back({"host.listen", "127.0.0.1:1", "127.0.0.1:2", true});
  const auto text = rolectl::reload_text(plan, plain);
  CHECK_FALSE(contains(text, "front "));
  CHECK(contains(text,
                 "coder restarts: its processes end with the requests that they serve, then "
                 "it is loaded again"));
  CHECK(contains(text, "    port: 1 → 2\n"));
  CHECK(contains(text, "old is removed: who waits is refused"));
  CHECK(contains(text, "host.listen: 127.0.0.1:1 → 127.0.0.1:2  (waits for a restart"));
  CHECK(contains(text, "1 role is unchanged"));
  CHECK(contains(text, "nothing was changed: `rolectl reload` applies it"));
  plan.applied = true;
  plan.generation = 7;
  CHECK(contains(rolectl::reload_text(plan, plain), "applied: the registry is generation 7"));
}

TEST_CASE("rolectl reload: processes stay or end in words only if they do") {
  reload_plan plan;
  plan.roles.push_back({"alias", "hot", change::now, "", {{"aliases", "-", "a", false}}});
  plan.roles.push_back({"vectors", "warm", change::now, "1 instance less: its process ends", {}});
  plan.roles.push_back({"math", "hot", change::removed, "its processes are those of front", {}});
  const auto text = rolectl::reload_text(plan, plain);
  CHECK(contains(text, "alias changes at once, its processes stay\n"));
  CHECK(contains(text, "vectors changes at once\n    1 instance less"));
  CHECK(contains(text, "math is removed: who waits is refused\n    its processes are those of"));
}

TEST_CASE("rolectl reload: a registry that differs in nothing says so, warnings included") {
  reload_plan plan;
  plan.notes = {"r.yaml:3:1: warning: odd"};
  CHECK(rolectl::reload_text(plan, plain) == "r.yaml:3:1: warning: odd\nnothing differs\n");
}
