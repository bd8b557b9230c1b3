#include "tools/rolectl/command_line.hpp"
#include "tools/rolectl/fleet_commands.hpp"
#include "tools/rolectl/top_command.hpp"

#include <cmath>
#include <vector>

#include <CLI/CLI.hpp>

namespace rolecall::rolectl {
namespace {

constexpr const char* group = "Fleet";
constexpr const char* running_first =
    "Running requests end first, however long they take, unless there is --force. Ctrl-C ends the "
    "waiting, not what was asked for.";

void define_status(command_line& line) {
  auto& command = line.add(group, "status", "Every role: its state, memory, load and last reason");
  const auto chosen = std::make_shared<status_options>();
  auto* json = command.add_flag("--json", chosen->json, "Print the daemon's JSON");
  command.add_flag("--watch", chosen->watch, "Redraw every second; needs a terminal")
      ->excludes(json);
  line.with_client(command, [chosen](auto& client) { return run_status(client, *chosen); });
}

void define_top(command_line& line) {
  auto& command = line.add(group, "top", "The fleet live on the whole terminal; q leaves");
  const auto chosen = std::make_shared<top_options>();
  constexpr double least = 0.1;
  constexpr double most = 3600;
  command
      .add_option_function<double>(
          "--interval",
          [chosen](const double& seconds) {
            constexpr double milli = 1000;
            chosen->interval = std::chrono::milliseconds{std::llround(seconds * milli)};
          },
          "Seconds between two looks")
      ->type_name("SECONDS")
      ->check(CLI::Range(least, most));
  command.add_option("--sort", chosen->sort, "What the roles are ordered by at first")
      ->type_name("COLUMN")
      ->check(
          CLI::IsMember(std::vector<std::string>(top_sort_words.begin(), top_sort_words.end())));
  line.with_client(command, [chosen](auto& client) { return run_top(client, *chosen); });
}

void define_memory(command_line& line) {
  auto& command = line.add(group, "memory",
                           "Each role's memory: estimated by part, learned, reserved and measured");
  const auto chosen = std::make_shared<memory_options>();
  command.add_option("ROLE", chosen->role, "One role only")->type_name("ROLE");
  command.add_flag("--json", chosen->json, "Print the daemon's JSON");
  line.with_client(command, [chosen](auto& client) { return run_memory(client, *chosen); });
}

CLI::App& define_command(command_line& line, admin::command what, const char* name,
                         const char* text) {
  auto& command = line.add(group, name, text);
  const auto chosen = std::make_shared<command_options>();
  chosen->what = what;
  command.add_option("ROLE", chosen->role, "A role or an alias")->type_name("ROLE")->required();
  if (what != admin::command::pin && what != admin::command::unpin)  // which take no time
    command.add_flag("!--no-wait", chosen->wait, "Return at once instead of when it is done");
  if (what == admin::command::unload || what == admin::command::restart)
    command.add_flag("--force", chosen->force,
                     "Running requests get the role's timeouts.drain and no more");
  line.with_client(command, [chosen](auto& client) { return run_command(client, *chosen); });
  return command;
}

void define_commands(command_line& line) {
  using admin::command;
  define_command(line, command::load, "load", "Load a role, making room if that takes it")
      .footer(
          "On a terminal a bar shows how far it has come. Ctrl-C ends the waiting, not the load; "
          "`rolectl unload ROLE` stops that.\n\n`rolectl plan load ROLE` tells beforehand which "
          "roles would have to go.");
  define_command(line, command::unload, "unload", "Stop a role's processes and free their memory")
      .footer(running_first);
  define_command(line, command::restart, "restart", "Stop a role's processes and load it again")
      .footer(running_first);
  define_command(line, command::pin, "pin", "Keep a role from being evicted");
  define_command(line, command::unpin, "unpin", "Let a role be evicted again");
}

void define_plan(command_line& line) {
  auto& plan = line.add(group, "plan", "What a command would do, without doing it");
  plan.require_subcommand(1);
  auto* load = plan.add_subcommand("load", "Which roles would make room for a role, and why");
  load->group("Commands");
  const auto chosen = std::make_shared<plan_options>();
  load->add_option("ROLE", chosen->role, "The role to load")->type_name("ROLE")->required();
  load->add_flag("--json", chosen->json, "Print the daemon's JSON");
  line.with_client(*load, [chosen](auto& client) { return run_plan_load(client, *chosen); });
}

}  // namespace

void define_fleet_commands(command_line& line) {
  define_status(line);
  define_top(line);
  define_memory(line);
  define_commands(line);
  define_plan(line);
}

}  // namespace rolecall::rolectl
