#include "tools/rolectl/kind_commands.hpp"

#include "launcher/command_line.hpp"
#include "registry/architecture.hpp"
#include "tools/rolectl/explain_view.hpp"

#include <algorithm>

namespace rolecall::rolectl {
namespace {

using registry::model_facts;
using registry::model_registry;
using registry::role;

/// What llama-server 0.7.0 says of the flags that Rolecall uses.
launcher::capabilities documented_engine() {
  launcher::capabilities engine;
  engine.binary = "llama-server";
  engine.version = "0.7.0";
  engine.valueless = {"--no-mmproj-offload",
                      "--no-kv-unified",
                      "--no-context-shift",
                      "--no-repack",
                      "--cpu-moe",
                      "--metrics",
                      "--slots",
                      "--no-ui",
                      "--offline",
                      "--embeddings"};
  engine.flags = {"--model",
                  "--mmproj",
                  "--alias",
                  "--host",
                  "--port",
                  "--ctx-size",
                  "--parallel",
                  "--cache-type-k",
                  "--cache-type-v",
                  "--flash-attn",
                  "--load-mode",
                  "--cache-ram",
                  "--ctx-checkpoints",
                  "--fit",
                  "--n-gpu-layers",
                  "--override-kv",
                  "--n-cpu-moe",
                  "--spec-type",
                  "--spec-draft-model",
                  "--spec-draft-n-max",
                  "--spec-draft-ngl",
                  "--spec-ngram-simple-size-n",
                  "--spec-ngram-simple-size-m",
                  "--pooling",
                  "--batch-size",
                  "--ubatch-size",
                  "--threads",
                  "--threads-batch",
                  "--threads-http"};
  engine.flags.insert(engine.valueless.begin(), engine.valueless.end());
  engine.values = {{"--load-mode", {"auto", "none", "mmap", "mlock", "mmap+mlock", "dio"}},
                   {"--spec-type", {"draft-simple", "ngram-simple"}}};
  return engine;
}

launcher::topology documented_host() {
  constexpr int cores = 96;
  constexpr int per_node = 48;
  launcher::topology host;
  host.nodes = {{.id = 0, .cpus = {}}, {.id = 1, .cpus = {}}};
  for (int cpu = 0; cpu < cores; ++cpu) {
    host.nodes[static_cast<std::size_t>(cpu / per_node)].cpus.push_back(cpu);
    host.allowed_cpus.push_back(cpu);
    host.core_of[cpu] = cpu;
  }
  host.allowed_nodes = {0, 1};
  host.numactl = "numactl";
  host.taskset = "taskset";
  return host;
}

/// "qwen3moe" of a role with override_key "qwen3moe.expert_used_count"; empty when none tells.
std::string architecture_of(const model_registry& all, const registry::model& m) {
  for (const auto& r : all.roles)
    if (r.model == m.name && r.moe && r.moe->override_key)
      return r.moe->override_key->substr(0, r.moe->override_key->find('.'));
  return {};
}

registry::deployment documented_deployment(const model_registry& all) {
  registry::deployment result{.registry = all, .facts = {}, .broken_roles = {}};
  for (const auto& m : all.models) {
    model_facts facts;
    facts.path = m.path.filename();
    if (m.mmproj) facts.mmproj = m.mmproj->filename();
    facts.architecture = architecture_of(all, m);
    facts.recurrent = registry::traits_of({}, facts.architecture).recurrent;
    facts.vision = m.mmproj.has_value();
    facts.encoder = std::ranges::any_of(
        all.roles, [&](const role& r) { return r.model == m.name && r.embeddings; });
    result.facts.emplace(m.name, std::move(facts));
  }
  return result;
}

std::string kind_of(const role& r, const model_facts& facts) {
  if (r.embeddings) return "Embedding model";
  if (facts.recurrent) return "Recurrent or hybrid model: experts reduced, never speculation";
  if (facts.vision && r.moe) return "Vision model with a projector, experts reduced";
  if (facts.vision) return "Vision model with a projector";
  if (r.moe) return "Mixture of experts, experts reduced";
  if (r.speculative) return "Dense model with a draft and n-gram lookup";
  return "Dense model";
}

/// Breaks the line before flags, so that it is readable and can still be pasted.
std::string over_lines(const launcher::command_line& command) {
  constexpr std::size_t width = 100;
  std::string text;
  std::size_t column = 0;
  auto rest = shell_text(command);
  if (!rest.empty() && rest.back() == '\n') rest.pop_back();
  // A flag and its value stay together: a piece ends where " --" begins.
  while (!rest.empty()) {
    const auto end = std::min(rest.find(" --", 1), rest.size());
    const auto piece = rest.substr(0, end);
    rest.erase(0, end);
    if (column > 0 && column + piece.size() + 2 > width) {
      text += " \\\n ";
      column = 1;
    }
    text += piece;
    column += piece.size();
  }
  return text;
}

}  // namespace

std::vector<kind_command> kind_commands(const model_registry& all) {
  const auto deployment = documented_deployment(all);
  std::vector<kind_command> commands;
  for (const auto& r : all.roles) {
    const auto facts = deployment.facts.find(r.model);
    const auto instances = model_registry::instances(r);
    if (facts == deployment.facts.end() || instances.empty()) continue;
    auto kind = kind_of(r, facts->second);
    if (std::ranges::find(commands, kind, &kind_command::kind) != commands.end()) continue;
    const auto command = launcher::build_command_line(deployment, instances.front(),
                                                      documented_host(), documented_engine());
    commands.push_back({std::move(kind), r.name, command ? over_lines(*command) : command.error()});
  }
  return commands;
}

}  // namespace rolecall::rolectl
