#include "tools/rolectl/registry_commands.hpp"

#include "launcher/capabilities.hpp"
#include "launcher/host_memory.hpp"
#include "launcher/topology.hpp"
#include "orchestrator/access/access_files.hpp"
#include "registry/check.hpp"
#include "registry/quantities.hpp"
#include "registry/reference.hpp"
#include "tools/rolectl/explain_view.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include <unistd.h>

namespace rolecall::rolectl {
namespace {

using registry::diagnostic;

void print_notes(const registry::diagnostics& notes) {
  std::string text;
  for (const auto& note : notes) text += to_string(note) + "\n";
  (void)write_all(STDERR_FILENO, text);
}

exit_code failure(const std::string& reason) {
  (void)write_all(STDERR_FILENO, "rolectl: " + reason + "\n");
  return exit_code::refused;
}

/// A role with one of its instances.
struct subject {
  const registry::role* role = nullptr;
  std::optional<registry::instance> instance;
};

/// By instance, role or alias. A sharing role stands for the instances that serve it.
subject find_subject(const registry::model_registry& all, const std::string& name) {
  for (const auto& role : all.roles)
    for (const auto& instance : registry::model_registry::instances(role))
      if (instance.name == name) return {&role, instance};
  for (const auto& role : all.roles) {
    if (role.name != name && std::ranges::find(role.aliases, name) == role.aliases.end()) continue;
    const auto instances = registry::model_registry::instances(all.serving_role(role));
    if (instances.empty()) return {&role, std::nullopt};
    return {&role, instances.front()};
  }
  return {};
}

std::string role_names(const registry::model_registry& all) {
  std::string names;
  for (const auto& role : all.roles) names += (names.empty() ? "" : ", ") + role.name;
  return names;
}

boost::system::result<launcher::capabilities, std::string> engine_of(
    const registry::model_registry& all, const registry::role& role) {
  const auto binary = launcher::find_binary(role.llama_server.value_or(all.host.llama_server));
  if (!binary) return {boost::system::in_place_error, binary.error()};
  return launcher::probe_capabilities(*binary);
}

exit_code explain(const registry::deployment& deployment, const subject& who, bool shell) {
  const auto& all = deployment.registry;
  const auto& serving = all.serving_role(*who.role);
  const auto engine = engine_of(all, serving);
  if (!engine) return failure(engine.error());
  auto command = launcher::build_command_line(deployment, *who.instance,
                                              launcher::read_topology("/"), *engine);
  if (!command) return failure(command.error());
  if (shell) {
    (void)write_all(STDOUT_FILENO, shell_text(*command));
    return exit_code::done;
  }
  auto siblings = registry::model_registry::instances(serving);
  std::erase(siblings, *who.instance);
  const explanation what{.role = *who.role,
                         .instance = *who.instance,
                         .siblings = std::move(siblings),
                         .command = *std::move(command),
                         .footprint = deployment.footprint_of(serving),
                         .settings = registry::settings_of(all, *who.role)};
  (void)write_all(STDOUT_FILENO, explain_text(what, screen_of(STDOUT_FILENO)));
  return exit_code::done;
}

}  // namespace

exit_code run_check(const check_options& options) {
  const auto file = registry::find_file(options.file);
  auto read = registry::read_file(file);
  const auto budget = read.value ? registry::auto_budget(read.value->host.memory,
                                                         launcher::read_host_memory("/").limit())
                                 : 0;
  auto checked = options.offline ? registry::check_offline(std::move(read))
                                 : registry::check_models(std::move(read), budget);
  if (checked.value && !options.offline)
    std::ranges::move(access::read_access_files(checked.value->registry).notes,
                      std::back_inserter(checked.notes));
  print_notes(checked.notes);
  (void)write_all(STDOUT_FILENO, file.string() + ": " + registry::summary(checked) + "\n");
  return has_errors(checked.notes) ? exit_code::refused : exit_code::done;
}

exit_code run_explain(const explain_options& options) {
  // Whether the roles fit together is the daemon's question: one command line can be told in any
  // case.
  const auto checked =
      registry::check_models(registry::read_file(registry::find_file(options.registry)),
                             std::numeric_limits<registry::byte_count>::max());
  if (!checked.value) {
    print_notes(checked.notes);
    return exit_code::refused;
  }
  const auto& all = checked.value->registry;
  const auto who = find_subject(all, options.name);
  if (who.role == nullptr)
    return failure("cannot explain '" + options.name + "': unknown role; the roles are " +
                   role_names(all));
  if (const auto broken = checked.value->broken_roles.find(who.role->name);
      broken != checked.value->broken_roles.end())
    return failure("cannot explain '" + options.name + "': " + broken->second);
  if (!who.instance)
    return failure(
        "cannot explain '" + options.name +
        "': a role of tier draft has no process of its own; explain a role that drafts with it");
  return explain(*checked.value, who, options.shell);
}

exit_code run_schema() {
  (void)write_all(STDOUT_FILENO, registry::json_schema());
  return exit_code::done;
}

}  // namespace rolecall::rolectl
