#include "registry/check.hpp"

#include <doctest/doctest.h>

using namespace rolecall::registry;

namespace {

model_registry checked(const std::string& name) {
  auto result = check_offline(read_file(std::string(ROLECALL_SOURCE_DIR) + "/" + name));
  for (const diagnostic& d : result.notes) FAIL_CHECK(to_string(d));
  REQUIRE(result.value);
  return std::move(result.value->registry);
}

struct expected_role {
  const char* name;
  tier level;
  std::vector<std::uint16_t> ports;
  int experts;
  bool speculates;
};

/// Roles, ports, experts and speculation of the reference deployment.
const std::vector<expected_role> fleet{
    {"frontdoor", tier::hot, {8080}, 6, false},
    {"coder_escalation", tier::hot, {8081}, 0, true},
    {"architect_general", tier::warm, {8083}, 4, false},
    {"architect_coding", tier::warm, {8084}, 3, false},
    {"ingest_long_context", tier::warm, {8085}, 4, false},
    {"worker_general", tier::hot, {8082}, 0, true},
    {"worker_vision", tier::warm, {8086}, 0, false},
    {"draft", tier::draft, {}, 0, false},
    {"embedder", tier::hot, {8090, 8091, 8092, 8093, 8094, 8095}, 0, false},
};

void check_fleet(const model_registry& r) {
  for (const expected_role& expected : fleet) {
    CAPTURE(expected.name);
    const role* found = r.find_role(expected.name);
    REQUIRE(found != nullptr);
    CHECK(found->tier == expected.level);
    CHECK(found->ports == expected.ports);
    CHECK((found->moe ? found->moe->experts : 0) == expected.experts);
    CHECK(found->speculative.has_value() == expected.speculates);
    if (found->speculative) CHECK(*found->speculative == speculation{"draft", 24, true});
  }
  REQUIRE(r.find_role("worker_math") != nullptr);
  CHECK(r.find_role("worker_math")->shares == "worker_general");
  REQUIRE(r.find_role("vision_escalation") != nullptr);
  CHECK(r.find_role("vision_escalation")->ports == std::vector<std::uint16_t>{8087});
  CHECK(r.find_model(r.find_role("worker_vision")->model)->mmproj);
  CHECK(r.find_model(r.find_role("vision_escalation")->model)->mmproj);
  const role& embedder = *r.find_role("embedder");
  CHECK(embedder.embeddings);
  CHECK(embedder.pooling == "cls");
  CHECK(r.roles.size() == fleet.size() + 2);
  CHECK(r.instances().size() == 14);
}

}  // namespace

TEST_CASE("registries: the production registry holds the whole fleet") {
  const model_registry r = checked("model_registry.yaml");
  check_fleet(r);
  CHECK(r.find_role("vision_escalation")->moe->experts == 4);
  CHECK(r.find_model("qwen2.5-coder-32b")->quant == "Q4_K_M");
  CHECK(r.find_model("qwen2.5-7b")->quant == "f16");
  CHECK(r.find_model("qwen2.5-coder-0.5b")->quant == "Q8_0");
  for (const role& known : r.roles) {
    if (known.tier != tier::draft && known.name != "embedder") CHECK(known.threads == 96);
    CHECK(known.numa == numa_placement{});
  }
  CHECK(r.host.model_dirs == std::vector<std::filesystem::path>{"/mnt/raid0/llm/lmstudio/models",
                                                                "/mnt/raid0/llm/models"});
  CHECK(r.host.on_exit == exit_policy::keep);
}

TEST_CASE("registries: the production registry refuses the pairs that are known to fail") {
  model_registry r = checked("model_registry.yaml");
  const auto refusal = [&](const char* role_name) {
    model_registry changed = r;
    for (role& known : changed.roles) {
      if (known.name == role_name) known.speculative = speculation{"draft", 24, false};
    }
    for (const diagnostic& d : check_references(changed)) {
      if (d.level == diagnostic::severity::error) return d.message;
    }
    return std::string();
  };
  CHECK(refusal("architect_coding").find("the BOS tokens do not match") != std::string::npos);
  CHECK(refusal("ingest_long_context").find("recurrent state cannot be rolled back") !=
        std::string::npos);
  CHECK(refusal("vision_escalation").find("vision encoder") != std::string::npos);
  CHECK(refusal("worker_vision").find("vision encoder") != std::string::npos);
  CHECK(refusal("architect_general").find("no compatible draft") != std::string::npos);
  CHECK(refusal("coder_escalation").empty());
}

TEST_CASE("registries: the demo's registry is the same fleet in miniature") {
  const model_registry r = checked("demo/model_registry.yaml");
  check_fleet(r);
  const std::filesystem::path folder = std::filesystem::path(ROLECALL_SOURCE_DIR) / "demo";
  CHECK(r.host.model_dirs == std::vector<std::filesystem::path>{folder / "models"});
  CHECK(r.host.state_dir == folder / "state");
  CHECK(r.host.memory.budget.has_value());
}
