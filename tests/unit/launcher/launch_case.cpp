#include "tests/unit/launcher/launch_case.hpp"

#include <fstream>
#include <iterator>

#include <doctest/doctest.h>

namespace rolecall::launcher::test {

std::string recorded_text(std::string_view name) {
  const auto file =
      std::string(ROLECALL_SOURCE_DIR "/tests/unit/launcher/recorded/") + std::string(name);
  std::ifstream in(file);
  REQUIRE_MESSAGE(in, "cannot open ", file);
  return {std::istreambuf_iterator<char>(in), {}};
}

capabilities recorded_engine(std::string_view name) {
  const bool current = name == "0.7.0";
  auto found = parse_capabilities(
      recorded_text("help-" + std::string(name) + ".txt"),
      current ? "version: 0.7.0 (build 11669, commit Debian)\n"
              : "version: 6834 (2f9a1c30)\nbuilt with cc for x86_64-linux-gnu\n");
  found.binary = "/usr/bin/llama-server";
  return found;
}

topology reference_host() {
  topology host;
  host.nodes = {{.id = 0, .cpus = *parse_cpu_list("0-47,96-143"), .memory_total = 566ULL << 30},
                {.id = 1, .cpus = *parse_cpu_list("48-95,144-191"), .memory_total = 566ULL << 30}};
  host.allowed_cpus = *parse_cpu_list("0-191");
  host.allowed_nodes = {0, 1};
  for (const int cpu : host.allowed_cpus) host.core_of[cpu] = cpu % 96;
  host.memory_total = 1132ULL << 30;
  host.numactl = "/usr/bin/numactl";
  host.taskset = "/usr/bin/taskset";
  return host;
}

launch_case::launch_case() : host(reference_host()), binary(recorded_engine("0.7.0")) {
  auto& registry = deployment.registry;
  registry::model target;
  target.name = "coder-32b";
  target.path = "coder-32b.gguf";
  registry::model small;
  small.name = "coder-0.5b";
  small.path = "coder-0.5b.gguf";
  registry.models = {target, small};

  registry::role coder;
  coder.name = "coder";
  coder.model = target.name;
  coder.ports = {8081};
  coder.context = 32768;
  coder.slots = 2;
  registry::role draft;
  draft.name = "draft";
  draft.model = small.name;
  draft.tier = registry::tier::draft;
  registry.roles = {coder, draft};

  registry::model_facts facts;
  facts.architecture = "qwen2";
  facts.path = "/models/coder-32b.gguf";
  facts.weights_bytes = 20ULL << 30;
  deployment.facts.emplace(target.name, facts);
  facts.path = "/models/coder-0.5b.gguf";
  facts.weights_bytes = 1ULL << 29;
  deployment.facts.emplace(small.name, facts);
}

boost::system::result<command_line, std::string> launch_case::build() const {
  return build_command_line(deployment, {.name = "coder", .role = "coder", .port = 8081}, host,
                            binary);
}

std::string launch_case::line() const {
  const auto built = build();
  REQUIRE_MESSAGE(built.has_value(), built.error());
  std::string text = " ";
  for (const auto& word : built->words()) text += word + " ";
  return text;
}

std::string launch_case::error() const {
  const auto built = build();
  REQUIRE_MESSAGE(built.has_error(), "was built, but must not be");
  return built.error();
}

}  // namespace rolecall::launcher::test
