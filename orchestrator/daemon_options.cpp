#include "orchestrator/daemon_options.hpp"

#include "orchestrator/log/log_level.hpp"
#include "tools/command_pages/help_page.hpp"

#include <CLI/CLI.hpp>

namespace rolecall {
namespace {

constexpr std::size_t help_columns = 80;

// What is wrong with it; empty: nothing.
std::string wrong_log_level(const std::string& text) {
  const auto settings = parse_log_levels(text);
  return settings ? "" : settings.error();
}

}  // namespace

void define(CLI::App& app, daemon_options& options) {
  app.name("rolecalld");
  app.description(
      "rolecalld keeps a fleet of llama-server processes resident and relays requests to them by "
      "role.");
  command_pages::use_help_page(app, [] { return help_columns; });
  app.add_option("--registry", options.registry,
                 "Registry to serve. Without it $ROLECALL_REGISTRY, then ./model_registry.yaml, "
                 "then /etc/rolecall/model_registry.yaml")
      ->type_name("FILE");
  app.add_flag("--check", options.check,
               "Validate the registry and its models, print what is wrong, exit 1 on errors");
  app.add_flag("--offline", options.offline, "With --check: leave out what needs the model files")
      ->needs("--check");
  app.add_option("--cgroup", options.cgroup,
                 "Control group (cgroup v2) to make one for each instance in, such as that of "
                 "rolecall-instances.service")
      ->type_name("DIR")
      ->envname("ROLECALL_CGROUP");
  app.add_option("--log-format", options.log_format,
                 "What lines of the log on stderr look like: key=value, or a JSON object")
      ->type_name("FORMAT")
      ->check(CLI::IsMember({"text", "json"}))
      ->envname("ROLECALL_LOG_FORMAT");
  app.add_option("--log-level", options.log_level,
                 "Up to which level is logged: error, warning, notice, info or debug, of every "
                 "component or of one, such as info,proxy=debug (default: info). `rolectl "
                 "log-level` changes it while rolecalld runs")
      ->type_name("LEVELS")
      ->check(CLI::Validator(wrong_log_level, "[COMPONENT=]LEVEL,..."))
      ->envname("ROLECALL_LOG_LEVEL");
  app.set_version_flag("--version", "rolecalld " ROLECALL_VERSION)
      ->description("Print the version and exit");
  app.footer(
      "Signals:\n"
      "  SIGTERM, SIGINT  drain requests, stop every llama-server (`on_exit: keep`: leave them to "
      "the next rolecalld, which adopts them) and exit\n"
      "  SIGHUP           read the registry, key files and the certificate again, and open the "
      "access log anew\n"
      "  SIGUSR1          open the access log anew\n"
      "\n"
      "Exit codes:\n"
      "  0  ended as told, or --check found no errors\n"
      "  1  could not start, or --check found errors; the reason is on stderr\n"
      "  2  wrong usage\n");
}

}  // namespace rolecall
