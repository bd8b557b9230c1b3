#include "orchestrator/log/log_level.hpp"
#include "registry/quantities.hpp"
#include "tools/rolectl/command_line.hpp"
#include "tools/rolectl/event_command.hpp"
#include "tools/rolectl/log_command.hpp"
#include "tools/rolectl/log_level_command.hpp"

#include <CLI/CLI.hpp>

namespace rolecall::rolectl {
namespace {

constexpr const char* group = "Logs";

void define_events(command_line& line) {
  auto& command = line.add(group, "events", "What happened to the fleet, a line each");
  const auto chosen = std::make_shared<event_options>();
  command.add_flag("-f,--follow", chosen->follow,
                   "Go on with what happens from now on, over restarts of the daemon, too");
  command
      .add_option_function<std::string>(
          "--since",
          [chosen](const std::string& text) {
            const auto since = registry::parse_duration(text);
            if (!since) throw CLI::ValidationError("--since", since.error());
            chosen->since = *since;
          },
          "Leave out what is longer ago than this: 90s, 10m, 2h")
      ->type_name("DURATION");
  command.footer("Times are UTC. The daemon keeps its last 1000 events, until it ends.");
  line.with_client(command, [chosen](auto& client) { return run_events(client, *chosen); });
}

void define_logs(command_line& line) {
  auto& command = line.add(group, "logs", "What a role's llama-server processes print");
  const auto chosen = std::make_shared<log_options>();
  command.add_option("ROLE", chosen->role, "A role or an alias")->type_name("ROLE")->required();
  command.add_flag("-f,--follow", chosen->follow, "Go on with what is printed from now on");
  command.add_option("-n,--lines", chosen->lines, "Lines of each process to begin with")
      ->type_name("N")
      ->check(CLI::Range(0, most_log_lines))
      ->capture_default_str();
  auto* fold = command.add_flag_callback(
      "--fold", [chosen] { chosen->fold = true; },
      "One line such as \"… 12 lines of slot\" for a run of routine; so it is on a terminal. "
      "Warnings and errors stay");
  command
      .add_flag_callback(
          "--no-fold", [chosen] { chosen->fold = false; },
          "Every line as it is; so it is on a pipe")
      ->excludes(fold);
  command.footer("With several processes, each line begins with its process's name.");
  line.with_client(command, [chosen](auto& client) { return run_logs(client, *chosen); });
}

/// "{error,warning,…}", as CLI11 tells choices.
std::string level_choices() {
  std::string words = "{";
  for (const auto level : all_priorities)
    words.append(words.size() == 1 ? "" : ",").append(to_string(level));
  return words + "}";
}

std::string wrong_setting(const std::string& text) {
  const auto settings = parse_log_levels(text);
  return settings ? std::string{} : settings.error();
}

void define_log_level(command_line& line) {
  auto& command =
      line.add(group, "log-level", "Show or change how much each part of the daemon logs");
  const auto chosen = std::make_shared<log_level_options>();
  command
      .add_option("SETTING", chosen->settings,
                  "proxy=debug changes one part, debug alone all of them; without any, the levels "
                  "are shown")
      ->type_name("COMPONENT=LEVEL")
      ->check(CLI::Validator(wrong_setting, level_choices()));
  command.footer("A change lasts until the daemon ends.");
  line.with_client(command, [chosen](auto& client) { return run_log_level(client, *chosen); });
}

}  // namespace

void define_log_commands(command_line& line) {
  define_events(line);
  define_logs(line);
  define_log_level(line);
}

}  // namespace rolecall::rolectl
