#include "orchestrator/fleet_plan.hpp"

#include <doctest/doctest.h>

using namespace rolecall;

namespace {

constexpr auto text = R"(version: 1
host:
  listen: 127.0.0.1:0
  admin: 127.0.0.1:0
  llama_server: /opt/llama-server
  model_dirs: [/models]
  default_role: front
defaults: {numa: {policy: none}, threads: 1}
models:
  alpha-7b: {path: alpha.gguf}
  beta-1b: {path: beta.gguf}
roles:
  front: {model: alpha-7b, tier: hot, port: 9001, aliases: [gpt-4]}
  math: {shares: front}
  draft: {model: beta-1b, tier: draft}
  vectors: {model: beta-1b, tier: warm, ports: 9010-9012}
)";

fleet_plan plan_of(std::map<std::string, std::string, std::less<>> broken = {}) {
  auto read = registry::read(text, "model_registry.yaml");
  REQUIRE(read.value);
  registry::deployment deployment{
      .registry = *std::move(read.value), .facts = {}, .broken_roles = std::move(broken)};
  std::uint64_t inode = 0;
  for (const auto& model : deployment.registry.models) {
    registry::model_facts facts;
    facts.path = "/models" / model.path;
    facts.shards = {facts.path};
    facts.weights_bytes = 1000;
    facts.files = {{{1, ++inode}, 1000, facts.path.string()}};
    facts.architecture = "qwen2";
    deployment.facts.emplace(model.name, facts);
  }
  launcher::topology host;
  host.nodes = {{.id = 0, .cpus = {0, 1}, .memory_total = 1 << 30}};
  host.core_of = {{0, 0}, {1, 1}};
  host.allowed_cpus = {0, 1};
  engines known;
  known.emplace("/opt/llama-server", std::string{"cannot run /opt/llama-server: not there"});
  return plan_fleet(std::move(deployment), 1'000'000'000, host, known, {});
}

}  // namespace

TEST_CASE("fleet plan: drafts have no role to route to, sharing roles list the same instances") {
  const auto plan = plan_of();
  REQUIRE(plan.catalogue.roles.size() == 3);
  CHECK(plan.catalogue.roles[0].name == "front");
  CHECK(plan.catalogue.roles[1].name == "math");
  CHECK(plan.catalogue.roles[1].instances == plan.catalogue.roles[0].instances);
  CHECK(plan.catalogue.roles[1].tier == registry::tier::hot);
  CHECK(plan.catalogue.roles[2].instances == std::vector<residency::instance_id>{1, 2, 3});
  CHECK(plan.upstreams[3]->name == "vectors-3");
  CHECK(plan.upstreams[3]->port == 9012);
}

TEST_CASE("fleet plan: requests find a role by its name, an alias, its model's name or file") {
  const auto plan = plan_of();
  const auto role_of = [&](std::string_view name) {
    const auto* role = plan.routes->find(name);
    return role != nullptr ? role->name : "nobody";
  };
  CHECK(role_of("math") == "math");
  CHECK(role_of("gpt-4") == "front");
  CHECK(role_of("alpha-7b") == "front");
  CHECK(role_of("alpha.gguf") == "front");
  CHECK(role_of("beta-1b") == "vectors");
  CHECK(role_of("draft") == "nobody");
  REQUIRE(plan.routes->default_role != nullptr);
  CHECK(plan.routes->default_role->name == "front");
}

TEST_CASE("fleet plan: a role that cannot be launched stays in it with its reason") {
  const auto plan = plan_of({{"vectors", "cannot find model beta-1b"}});
  REQUIRE(plan.instances.size() == 4);
  REQUIRE_FALSE(plan.instances[0].has_value());
  CHECK(plan.instances[0].error() == "cannot run /opt/llama-server: not there");
  REQUIRE_FALSE(plan.instances[1].has_value());
  CHECK(plan.instances[1].error() == "cannot find model beta-1b");
  CHECK(plan.catalogue.instances[1].footprint == 0);
}

TEST_CASE("fleet plan: files that instances map are listed once, and apart from private memory") {
  const auto plan = plan_of();
  REQUIRE(plan.catalogue.files.size() == 2);
  CHECK(plan.catalogue.files[1].path == "/models/beta.gguf");
  CHECK(plan.catalogue.files[1].bytes == 1000);
  for (const residency::instance_id replica : {1, 2, 3})
    CHECK(plan.catalogue.instances[replica].files == std::vector<residency::file_id>{1});
  const auto& role = *plan.deployment.registry.find_role("vectors");
  CHECK(plan.catalogue.instances[1].footprint == plan.deployment.footprint_of(role).total() - 1000);
}

TEST_CASE("fleet plan: a fingerprint follows what costs memory, not names and ports") {
  registry::footprint estimate;
  estimate.weights = 1000;
  estimate.mapped = {{{1, 2}, 1000, "/models/a.gguf"}};
  const auto command = [](std::vector<std::string> words) {
    launcher::command_line line;
    line.arguments = {{.words = std::move(words), .reason = {}}};
    return line;
  };
  const auto first =
      fingerprint_of(command({"server", "--ctx-size", "4096", "--port", "1", "--alias", "a"}),
                     estimate, {}, "0.7.0");
  CHECK(first.size() == 16);
  CHECK(fingerprint_of(command({"server", "--ctx-size", "4096", "--port", "2", "--alias", "b"}),
                       estimate, {}, "0.7.0") == first);
  CHECK(fingerprint_of(command({"server", "--ctx-size", "8192", "--port", "1", "--alias", "a"}),
                       estimate, {}, "0.7.0") != first);
  CHECK(fingerprint_of(command({"server", "--ctx-size", "4096", "--port", "1", "--alias", "a"}),
                       estimate, {}, "0.8.0") != first);
  CHECK(fingerprint_of(command({"server", "--ctx-size", "4096", "--port", "1", "--alias", "a"}),
                       estimate, {.memory_max = 1 << 30}, "0.7.0") != first);
  CHECK(fingerprint_of(command({"server", "--ctx-size", "4096", "--port", "1", "--alias", "a"}),
                       estimate, {.cpu_weight = 50}, "0.7.0") == first);
  estimate.mapped[0].bytes = 1001;
  CHECK(fingerprint_of(command({"server", "--ctx-size", "4096", "--port", "1", "--alias", "a"}),
                       estimate, {}, "0.7.0") != first);
}
