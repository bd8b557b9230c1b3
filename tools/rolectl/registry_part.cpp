#include "tools/rolectl/command_line.hpp"
#include "tools/rolectl/docs_command.hpp"
#include "tools/rolectl/doctor_view.hpp"
#include "tools/rolectl/fleet_commands.hpp"
#include "tools/rolectl/key_command.hpp"
#include "tools/rolectl/registry_commands.hpp"

#include <CLI/CLI.hpp>

namespace rolecall::rolectl {
namespace {

constexpr const char* group = "Registry and host";
constexpr const char* registry_text =
    "The registry to read. Without it $ROLECALL_REGISTRY, then ./model_registry.yaml, then "
    "/etc/rolecall/model_registry.yaml";

void define_check(command_line& line) {
  auto& command = line.add(group, "check", "Validate a registry and its models; needs no daemon");
  const auto chosen = std::make_shared<check_options>();
  command.add_option("FILE,--registry", chosen->file, registry_text)->type_name("FILE");
  command.add_flag("--offline", chosen->offline, "Leave out what needs the model files");
  line.on(command, [chosen] { return run_check(*chosen); });
}

void define_explain(command_line& line) {
  auto& command =
      line.add(group, "explain",
               "A role's exact command line, and why each argument is there; needs no daemon");
  const auto chosen = std::make_shared<explain_options>();
  command.add_option("ROLE", chosen->name, "A role, an alias or an instance")
      ->type_name("ROLE")
      ->required();
  command.add_option("--registry", chosen->registry, registry_text)->type_name("FILE");
  command.add_flag("--shell", chosen->shell, "Only the command line, for a shell");
  line.on(command, [chosen] { return run_explain(*chosen); });
}

void define_reload(command_line& line) {
  auto& command = line.add(group, "reload",
                           "Apply the registry as it is on disk now; what is unchanged goes on");
  const auto chosen = std::make_shared<reload_command>();
  command.add_flag("--dry-run", chosen->dry_run, "Tell what it would do, and change nothing");
  command.add_flag("--force", chosen->force,
                   "Running requests of what leaves get their role's timeouts.drain and no more");
  command.add_flag("--json", chosen->json, "Print the daemon's JSON");
  line.with_client(command, [chosen](auto& client) { return run_reload(client, *chosen); });
}

void define_doctor(command_line& line) {
  auto& command =
      line.add(group, "doctor",
               "Which of this host's limits will hurt a registry, with remedies; needs no daemon");
  const auto chosen = std::make_shared<doctor_options>();
  command.add_option("--registry", chosen->registry, registry_text)->type_name("FILE");
  command.add_flag("--json", chosen->json, "Print JSON");
  command.footer("The exit code is 1 if anything will.");
  line.on(command, [chosen] { return run_doctor(*chosen); });
}

void define_key(command_line& line) {
  auto& command = line.add(group, "key",
                           "Make an API key: prints it once, with the line for the key file; "
                           "needs no daemon");
  const auto chosen = std::make_shared<key_options>();
  command.add_option("NAME", chosen->name, "Whose it is: shown in logs and metrics")->required();
  command.add_option("--role", chosen->roles, "A role that it may use; without it, all")
      ->type_name("ROLE")
      ->take_all();
  command.add_option("--in-flight", chosen->in_flight, "Requests that it may have at once")
      ->type_name("N")
      ->check(CLI::Range(1, 100'000));
  command.add_flag("--background", chosen->background,
                   "Its requests make way for interactive ones");
  line.on(command, [chosen] { return run_key(*chosen); });
}

void define_docs(command_line& line) {
  auto& command =
      line.add(group, "docs", "The reference pages of a registry's models and of the sizing guide");
  const auto chosen = std::make_shared<docs_options>();
  command.add_option("--registry", chosen->registry, registry_text)->type_name("FILE");
  command
      .add_option("--write", chosen->folder,
                  "Write models.md and sizing.md into this folder instead of printing models.md")
      ->type_name("DIR");
  command.add_flag("--files", chosen->files,
                   "Read the models' files for their true memory instead of the formula");
  line.on(command, [chosen] { return run_docs(*chosen); });
}

}  // namespace

void define_registry_commands(command_line& line) {
  define_check(line);
  define_explain(line);
  define_reload(line);
  define_doctor(line);
  define_key(line);
  line.on(line.add(group, "schema", "The registry's JSON Schema, for editors; needs no daemon"),
          [] { return run_schema(); });
  define_docs(line);
}

}  // namespace rolecall::rolectl
