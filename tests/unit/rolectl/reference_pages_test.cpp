#include "registry/check.hpp"
#include "tests/support/file_text.hpp"
#include "tools/rolectl/kind_commands.hpp"
#include "tools/rolectl/models_page.hpp"
#include "tools/rolectl/sizing_page.hpp"

#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using namespace rolecall::rolectl;

registry::deployment production() {
  auto checked =
      registry::check_offline(registry::read_file(ROLECALL_SOURCE_DIR "/model_registry.yaml"));
  REQUIRE(checked.value);
  return *std::move(checked.value);
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

constexpr auto regenerate =
    "does not agree with the code and model_registry.yaml; run in the project's folder: rolectl "
    "docs --registry model_registry.yaml --write docs";

}  // namespace

TEST_CASE("reference pages: docs/ holds what the registry and the code generate") {
  CHECK_MESSAGE(
      rolecall::test::file_text(ROLECALL_SOURCE_DIR "/docs/models.md") == models_page(production()),
      "docs/models.md ", regenerate);
  CHECK_MESSAGE(rolecall::test::file_text(ROLECALL_SOURCE_DIR "/docs/sizing.md") == sizing_page(),
                "docs/sizing.md ", regenerate);
}

TEST_CASE("models page: roles stand in their tiers with port, speed and acceleration") {
  const auto page = models_page(production());
  CHECK(has(page, "| `frontdoor` | qwen3-coder-30b-a3b | Q4_K_M | 8080 | 18.3 t/s | 6 experts |"));
  CHECK(has(page,
            "| `coder_escalation` | qwen2.5-coder-32b | Q4_K_M | 8081 | 39.4 t/s | speculation, "
            "K=24, draft `draft`, n-gram lookup |"));
  CHECK(
      has(page, "| `worker_math` | on the process of `worker_general` | f16 | 8082 | 43.9 t/s |"));
  CHECK(has(page, "| `embedder` | bge-large-en-v1.5, 6 processes | F16 | 8090–8095 |"));
  CHECK(page.find("`ingest_long_context`") > page.find("### WARM"));
  CHECK(page.find("`draft` |") > page.find("### Drafts"));
}

TEST_CASE("models page: memory is the formula's where no file was read, and says so") {
  const auto page = models_page(production());
  CHECK(has(page, "| WARM | `architect_coding` | 264 GB | 480 × 0.5 × 1.1 |"));
  CHECK(has(page, "and the draft 0.5 × 1 × 1.1"));
  CHECK(has(page, "By the formula of the [sizing guide]"));
}

TEST_CASE("models page: memory is the header's where a file was read") {
  auto deployment = production();
  registry::model_facts facts;
  facts.weights_bytes = 7'000'000'000;
  deployment.facts.emplace("qwen2.5-vl-7b", facts);
  const auto page = models_page(deployment);
  CHECK_FALSE(has(page, "| WARM | `worker_vision` | 3.9 GB |"));
  CHECK(has(page, "the files' headers: weights, caches, buffers"));
}

TEST_CASE("models page: a model whose name tells nothing makes the sums lower bounds") {
  auto deployment = production();
  for (auto& m : deployment.registry.models)
    if (m.name == "bge-large-en-v1.5") m.path = m.name = "secret";
  for (auto& r : deployment.registry.roles)
    if (r.model == "bge-large-en-v1.5") r.model = "secret";
  const auto page = models_page(deployment);
  CHECK(has(page, "| HOT | `embedder` | unknown |"));
  CHECK(has(page, "at least"));
}

TEST_CASE("kind commands: each kind of model once, none of them refused") {
  const auto commands = kind_commands(production().registry);
  CHECK(commands.size() == 6);
  for (const auto& command : commands) {
    CAPTURE(command.role);
    CHECK(has(command.line, "numactl --interleave"));
    CHECK_FALSE(has(command.line, "cannot launch"));
  }
}

TEST_CASE("kind commands: a recurrent model never speculates, a dense one does") {
  for (const auto& command : kind_commands(production().registry)) {
    CAPTURE(command.kind);
    CHECK(has(command.line, "--spec-type") == (command.role == "coder_escalation"));
    CHECK(has(command.line, "--mmproj ") == (command.kind.find("Vision") == 0));
  }
}
