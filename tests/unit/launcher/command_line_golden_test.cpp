// The command line of every role of both registries, with the current engine and an older one. What
// changes here changes what runs: look at the difference, then write the files anew with
// ROLECALL_REGENERATE_GOLDEN=1 in the environment.

#include "launcher/command_line.hpp"
#include "registry/read.hpp"
#include "tests/unit/launcher/launch_case.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

#include <doctest/doctest.h>

using namespace rolecall;
using namespace rolecall::launcher;
using namespace rolecall::launcher::test;

namespace {

/// What the headers of the registries' models say; the files are elsewhere.
struct known_model {
  std::string_view name;
  std::string_view architecture;
  int experts = 0;
  int experts_used = 0;
  bool recurrent = false;
  bool encoder = false;
  bool vision = false;
};

constexpr known_model known_models[] = {
    {.name = "qwen3-coder-30b-a3b", .architecture = "qwen3moe", .experts = 128, .experts_used = 8},
    {.name = "qwen2.5-coder-32b", .architecture = "qwen2"},
    {.name = "qwen3-235b-a22b", .architecture = "qwen3moe", .experts = 128, .experts_used = 8},
    {.name = "qwen3-coder-480b-a35b",
     .architecture = "qwen3moe",
     .experts = 160,
     .experts_used = 8},
    {.name = "qwen3-next-80b-a3b",
     .architecture = "qwen3next",
     .experts = 512,
     .experts_used = 10,
     .recurrent = true},
    {.name = "qwen2.5-7b", .architecture = "qwen2"},
    {.name = "qwen2.5-vl-7b", .architecture = "qwen2vl", .vision = true},
    {.name = "qwen3-vl-30b-a3b",
     .architecture = "qwen3vlmoe",
     .experts = 128,
     .experts_used = 8,
     .vision = true},
    {.name = "qwen2.5-coder-0.5b", .architecture = "qwen2"},
    {.name = "bge-large-en-v1.5", .architecture = "bert", .encoder = true},
    {.name = "tiny-moe", .architecture = "qwen3moe", .experts = 8, .experts_used = 8},
    {.name = "tiny-dense", .architecture = "qwen2"},
    {.name = "tiny-draft", .architecture = "qwen2"},
    {.name = "tiny-moe-large", .architecture = "qwen3moe", .experts = 8, .experts_used = 8},
    {.name = "tiny-moe-coder", .architecture = "qwen3moe", .experts = 8, .experts_used = 8},
    {.name = "tiny-hybrid",
     .architecture = "qwen3next",
     .experts = 8,
     .experts_used = 8,
     .recurrent = true},
    {.name = "tiny-vision", .architecture = "qwen2vl", .vision = true},
    {.name = "tiny-vision-large", .architecture = "qwen2vl", .vision = true},
    {.name = "tiny-embedding", .architecture = "bert", .encoder = true},
};

registry::deployment deployment_of(const char* file) {
  auto read = registry::read_file(std::string(ROLECALL_SOURCE_DIR "/") + file);
  REQUIRE_MESSAGE(read.value, file, " must be readable");
  registry::deployment deployment{
      .registry = *std::move(read.value), .facts = {}, .broken_roles = {}};
  for (const auto& model : deployment.registry.models) {
    const auto* const known = std::ranges::find(known_models, model.name, &known_model::name);
    REQUIRE_MESSAGE(known != std::end(known_models), "no facts of model ", model.name,
                    ": add them to known_models");
    registry::model_facts facts;
    facts.path = "/models" / model.path.filename();
    if (model.mmproj) facts.mmproj = "/models" / model.mmproj->filename();
    facts.architecture = known->architecture;
    facts.expert_count = known->experts;
    facts.expert_used_count = known->experts_used;
    facts.recurrent = known->recurrent;
    facts.encoder = known->encoder;
    facts.vision = known->vision;
    deployment.facts.emplace(model.name, facts);
  }
  return deployment;
}

std::string launch_text(const registry::deployment& deployment, const registry::instance& instance,
                        const capabilities& engine) {
  const auto built = build_command_line(deployment, instance, reference_host(), engine);
  if (!built) return instance.name + ": " + built.error() + "\n";
  std::string text = instance.name + ":";
  for (const auto& [name, value] : built->environment) text += " " + name + "=" + value;
  for (const auto& word : built->words()) text += " " + word;
  text += "\n";
  for (const auto& notice : built->notices) text += "  notice: " + notice + "\n";
  return text;
}

/// One paragraph for each role, in the order of the registry.
std::string fleet_text(const registry::deployment& deployment, const capabilities& engine) {
  std::string text;
  for (const auto& role : deployment.registry.roles) {
    for (const auto& instance : registry::model_registry::instances(role))
      text += launch_text(deployment, instance, engine);
    if (role.shares) text += role.name + ": on the process of " + *role.shares + "\n";
    if (role.tier == registry::tier::draft) text += role.name + ": no process of its own\n";
  }
  return text;
}

std::string read_text(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

void compare_with_golden(const char* registry_file, const std::string& registry_name) {
  const auto deployment = deployment_of(registry_file);
  for (const std::string engine : {"0.7.0", "2025-10"}) {
    const auto file =
        ROLECALL_SOURCE_DIR "/tests/unit/launcher/golden/" + registry_name + "-" + engine + ".txt";
    const auto text = fleet_text(deployment, recorded_engine(engine));
    if (std::getenv("ROLECALL_REGENERATE_GOLDEN") != nullptr) std::ofstream(file) << text;
    std::istringstream actual(text);
    std::istringstream golden(read_text(file));
    std::string actual_line;
    std::string golden_line;
    int number = 0;
    while (std::getline(actual, actual_line)) {
      std::getline(golden, golden_line);
      CHECK_MESSAGE(actual_line == golden_line, file, ":", ++number);
      golden_line.clear();
    }
    CHECK_FALSE_MESSAGE(std::getline(golden, golden_line), file,
                        " has lines of roles that are gone");
  }
}

}  // namespace

TEST_CASE(
    "command line: every role of the production registry is launched as its golden files say") {
  compare_with_golden("model_registry.yaml", "production");
}

TEST_CASE("command line: every role of the demo's registry is launched as its golden files say") {
  compare_with_golden("demo/model_registry.yaml", "demo");
}
