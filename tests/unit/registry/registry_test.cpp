#include "registry/registry.hpp"

#include "registry/diagnostic.hpp"

#include <stdexcept>

#include <doctest/doctest.h>

using namespace rolecall::registry;

namespace {

model_registry sample() {
  model_registry r;
  r.models.resize(2);
  r.models[0].name = "big";
  r.models[1].name = "small";
  r.roles.resize(4);
  r.roles[0].name = "worker";
  r.roles[0].model = "big";
  r.roles[0].ports = {8082};
  r.roles[0].speculative = speculation{.draft = "draft", .max = 24, .lookup = false};
  r.roles[1].name = "math";
  r.roles[1].shares = "worker";
  r.roles[2].name = "embedder";
  r.roles[2].ports = {8090, 8091};
  r.roles[3].name = "draft";
  r.roles[3].model = "small";
  r.roles[3].tier = tier::draft;
  return r;
}

}  // namespace

TEST_CASE("registry: a role with one port has one instance of its own name") {
  const model_registry r = sample();
  CHECK(model_registry::instances(r.roles[0]) == std::vector<instance>{{"worker", "worker", 8082}});
}

TEST_CASE("registry: instances of a role with several ports are numbered from 1 in port order") {
  const model_registry r = sample();
  CHECK(model_registry::instances(r.roles[2]) ==
        std::vector<instance>{{"embedder-1", "embedder", 8090}, {"embedder-2", "embedder", 8091}});
}

TEST_CASE("registry: sharing roles and drafts have no instances") {
  const model_registry r = sample();
  CHECK(model_registry::instances(r.roles[1]).empty());
  CHECK(model_registry::instances(r.roles[3]).empty());
  CHECK(r.instances().size() == 3);
}

TEST_CASE("registry: a sharing role is served by its target, any other by itself") {
  const model_registry r = sample();
  CHECK(r.serving_role(r.roles[1]).name == "worker");
  CHECK(r.serving_role(r.roles[2]).name == "embedder");
  role lost;
  lost.name = "lost";
  lost.shares = "nobody";
  CHECK_THROWS_AS((void)r.serving_role(lost), std::out_of_range);
}

TEST_CASE("registry: the draft model is that of the role named as draft") {
  const model_registry r = sample();
  REQUIRE(r.draft_model(r.roles[0]) != nullptr);
  CHECK(r.draft_model(r.roles[0])->name == "small");
  CHECK(r.draft_model(r.roles[2]) == nullptr);
}

TEST_CASE("registry: a place that was not written is that of the nearest key around it") {
  model_registry r;
  r.places["roles.worker"] = {4, 3};
  r.places["roles.worker.port"] = {4, 20};
  CHECK(r.place("roles.worker.port").column == 20);
  CHECK(r.place("roles.worker.numa.nodes").column == 3);
  CHECK(r.place("host.listen").line == 0);
}

TEST_CASE("diagnostic: the text has file, line and column as far as they are known") {
  using severity = diagnostic::severity;
  CHECK(to_string({severity::error, "r.yaml", 3, 7, "bad"}) == "r.yaml:3:7: error: bad");
  CHECK(to_string({severity::warning, "r.yaml", 3, 0, "odd"}) == "r.yaml:3: warning: odd");
  CHECK(to_string({severity::error, "r.yaml", 0, 0, "gone"}) == "r.yaml: error: gone");
  CHECK(has_errors({{severity::warning, "", 0, 0, ""}, {severity::error, "", 0, 0, ""}}));
  CHECK_FALSE(has_errors({{severity::warning, "", 0, 0, ""}}));
}
