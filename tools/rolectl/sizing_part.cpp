#include "tools/rolectl/command_line.hpp"
#include "tools/rolectl/model_command.hpp"
#include "tools/rolectl/sizing_commands.hpp"

#include <CLI/CLI.hpp>

namespace rolecall::rolectl {
namespace {

constexpr const char* group = "Models and sizes, without a daemon";
constexpr const char* ram_text = "RAM to reckon with, such as 512GB. Without it, this host's";

void define_model(command_line& line) {
  auto& command =
      line.add(group, "model", "What a model's file says: parameters, types, layers, vocabulary");
  const auto chosen = std::make_shared<model_options>();
  command.add_option("FILE", chosen->file, "A GGUF file; of a split model the first shard")
      ->type_name("FILE")
      ->required();
  command.add_flag("--json", chosen->json, "Print JSON");
  line.on(command, [chosen] { return run_model(*chosen); });
}

void define_assess(command_line& line) {
  auto& command =
      line.add(group, "assess", "What this host has for models, and what slows it down");
  const auto chosen = std::make_shared<assess_options>();
  command.add_option("--registry", chosen->registry, "Registry whose directories are looked at")
      ->type_name("FILE");
  command.add_flag("--json", chosen->json, "Print JSON");
  line.on(command, [chosen] { return run_assess(*chosen); });
}

void define_budget(command_line& line) {
  auto& command = line.add(group, "budget", "How much RAM is left for models");
  const auto chosen = std::make_shared<budget_options>();
  command.add_option("--ram", chosen->ram, ram_text)->type_name("SIZE");
  command.add_option("--registry", chosen->registry, "Registry whose host.memory is compared")
      ->type_name("FILE");
  command.add_flag("--json", chosen->json, "Print JSON");
  line.on(command, [chosen] { return run_budget(*chosen); });
}

void define_size(command_line& line) {
  auto& command = line.add(
      group, "size", "Memory that a model takes: by parameters and quantisation, or of a file");
  const auto chosen = std::make_shared<size_options>();
  command.add_option("FILE", chosen->file, "A GGUF file, the first shard of several")
      ->type_name("FILE");
  command.add_option("--params", chosen->parameters, "Parameters: 32B, or 235B-A22B")
      ->type_name("COUNT");
  command.add_option("--quant", chosen->quant, "Quantisation: Q4_K_M, Q8_0, F16 …")
      ->type_name("TYPE");
  command.add_option("--context", chosen->context, "Tokens in all slots together")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_option("--slots", chosen->slots, "Requests worked on at once")
      ->type_name("N")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command.add_flag("--json", chosen->json, "Print JSON");
  line.on(command, [chosen] { return run_size(*chosen); });
}

void define_recommend(command_line& line) {
  auto& command = line.add(group, "recommend", "Which roles and models fit a host");
  const auto chosen = std::make_shared<recommend_options>();
  command.add_option("--ram", chosen->ram, ram_text)->type_name("SIZE");
  command
      .add_option("--write", chosen->write,
                  "Write a registry for it to this file, which must not exist")
      ->type_name("FILE");
  command.add_flag("--json", chosen->json, "Print JSON");
  line.on(command, [chosen] { return run_recommend(*chosen); });
}

}  // namespace

void define_sizing_commands(command_line& line) {
  define_model(line);
  define_assess(line);
  define_budget(line);
  define_size(line);
  define_recommend(line);
}

}  // namespace rolecall::rolectl
