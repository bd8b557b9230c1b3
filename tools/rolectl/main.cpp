#include "tools/rolectl/docs_command.hpp"
#include "tools/rolectl/doctor_view.hpp"
#include "tools/rolectl/fleet_commands.hpp"
#include "tools/rolectl/key_command.hpp"
#include "tools/rolectl/model_command.hpp"
#include "tools/rolectl/registry_commands.hpp"
#include "tools/rolectl/sizing_commands.hpp"

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>

#include <CLI/CLI.hpp>

namespace rolecall::rolectl {
namespace {

/// The command line's definition: each subcommand leaves in `chosen` what is to be done.
class command_line_interface {
 public:
  command_line_interface() {
    app_.fallthrough();
    app_.require_subcommand(1);
    app_.set_version_flag("--version", "rolectl " ROLECALL_VERSION);
    app_.add_option(
        "--admin", admin_,
        "rolecalld's admin address: 127.0.0.1:8071 or unix:PATH (default: $ROLECALL_ADMIN, "
        "unix:/run/rolecall/admin.sock, 127.0.0.1:8071)");
    app_.add_option("--admin-key-file", admin_key_file_,
                    "File that holds the admin address's key and nothing else (default: "
                    "$ROLECALL_ADMIN_KEY)");
    app_.footer(
        "Exit codes: 0 done, 1 refused or failed (the reason is on stderr), 2 usage, 3 daemon not "
        "reachable.\n"
        "Colour is used on a terminal unless NO_COLOR is set.\n"
        "Reloading the registry and adopting running children come with a later version; restart "
        "rolecalld to\n"
        "apply a changed registry.");
    add_fleet_views();
    add_role_commands();
    add_plan();
    add_reload();
    add_chat();
    add_registry_commands();
    add_sizing_commands();
    add_docs();
  }

  exit_code run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
      return app_.exit(error) == 0 ? exit_code::done : exit_code::usage;
    }
    return chosen_();
  }

 private:
  /// Runs `action` with a client for the daemon that the options name.
  std::function<exit_code()> with_client(std::function<exit_code(admin_client&)> action) {
    return [this, action = std::move(action)] {
      const char* variable = std::getenv("ROLECALL_ADMIN");
      auto found = doors(admin_, variable == nullptr ? "" : variable);
      if (!found) {
        std::cerr << "rolectl: " << found.error() << '\n';
        return exit_code::usage;
      }
      auto key = admin_key();
      if (!key) {
        std::cerr << "rolectl: " << key.error() << '\n';
        return exit_code::usage;
      }
      admin_client client{*std::move(found), *std::move(key)};
      return action(client);
    };
  }

  /// Empty without one.
  boost::system::result<std::string, std::string> admin_key() const {
    const char* variable = std::getenv("ROLECALL_ADMIN_KEY");
    if (admin_key_file_.empty())
      return {boost::system::in_place_value, variable == nullptr ? "" : variable};
    std::ifstream in(admin_key_file_);
    std::string key;
    if (in >> key) return {boost::system::in_place_value, std::move(key)};
    return {boost::system::in_place_error, "cannot read a key from " + admin_key_file_};
  }

  void on(CLI::App* command, std::function<exit_code()> action) {
    command->callback([this, action = std::move(action)] { chosen_ = action; });
  }

  void add_fleet_views() {
    auto* status = app_.add_subcommand("status", "Roles, their states and the memory budget");
    auto* json = status->add_flag("--json", status_.json, "Print the daemon's JSON");
    status->add_flag("--watch", status_.watch, "Redraw every second")->excludes(json);
    on(status, with_client([this](auto& client) { return run_status(client, status_); }));

    auto* memory = app_.add_subcommand(
        "memory", "Each role's memory: estimated by part, learned, reserved and measured");
    memory->add_option("ROLE", memory_.role, "One role only");
    memory->add_flag("--json", memory_.json, "Print the daemon's JSON");
    on(memory, with_client([this](auto& client) { return run_memory(client, memory_); }));

    auto* events = app_.add_subcommand("events", "What happened to the fleet");
    events->add_flag("-f,--follow", follow_events_, "Go on with what happens from now on");
    on(events, with_client([this](auto& client) { return run_events(client, follow_events_); }));

    auto* logs = app_.add_subcommand("logs", "Output of a role's llama-server processes");
    logs->add_option("ROLE", logs_.role, "A role")->required();
    logs->add_flag("-f,--follow", logs_.follow, "Go on with what is written from now on");
    logs->add_option("-n,--lines", logs_.lines, "Lines of each instance to begin with")
        ->check(CLI::Range(0, 10'000))
        ->capture_default_str();
    on(logs, with_client([this](auto& client) { return run_logs(client, logs_); }));
  }

  void add_role_commands() {
    using admin::command;
    add_role_command(command::load, "load", "Load a role");
    add_role_command(command::unload, "unload", "Stop a role's processes and free their memory");
    add_role_command(command::restart, "restart", "Stop a role's processes and load it again");
    add_role_command(command::pin, "pin", "Keep a role from being evicted");
    add_role_command(command::unpin, "unpin", "Let a role be evicted again");
  }

  void add_plan() {
    auto* plan = app_.add_subcommand("plan", "What a command would do, without doing it");
    plan->require_subcommand(1);
    auto* load = plan->add_subcommand("load", "Which roles would make room for a role, and why");
    load->add_option("ROLE", plan_.role, "The role to load")->required();
    load->add_flag("--json", plan_.json, "Print the daemon's JSON");
    on(load, with_client([this](auto& client) { return run_plan_load(client, plan_); }));
  }

  void add_reload() {
    auto* reload = app_.add_subcommand(
        "reload", "Apply the registry as it is on disk now: what is unchanged feels nothing");
    reload->add_flag("--dry-run", reload_.dry_run, "Tell what it would do, and change nothing");
    reload->add_flag("--force", reload_.force,
                     "Running requests of what leaves get their role's timeouts.drain and no more");
    reload->add_flag("--json", reload_.json, "Print the daemon's JSON");
    on(reload, with_client([this](auto& client) { return run_reload(client, reload_); }));
  }

  void add_role_command(admin::command what, const char* name, const char* meaning) {
    auto* command = app_.add_subcommand(name, meaning);
    command->add_option("ROLE", command_.role, "A role")->required();
    command->add_flag("!--no-wait", command_.wait, "Return at once instead of when it is done");
    if (what == admin::command::unload || what == admin::command::restart)
      command->add_flag("--force", command_.force,
                        "Even if the role is busy: running requests get its drain time");
    on(command, with_client([this, what](auto& client) {
         command_.what = what;
         return run_command(client, command_);
       }));
  }

  void add_chat() {
    auto* chat = app_.add_subcommand("chat", "Ask a role and print its answer as it comes");
    chat->add_option("ROLE", chat_.role, "A role or an alias")->required();
    chat->add_option("MESSAGE", chat_.message,
                     "What to ask; read from stdin without it, or with -");
    chat->add_option("--max-tokens", chat_.most_tokens, "End the answer after this many tokens")
        ->check(CLI::PositiveNumber);
    chat->footer("A front door with keys is shown that of $ROLECALL_API_KEY.");
    on(chat, with_client([this](auto& client) {
         if (const char* key = std::getenv("ROLECALL_API_KEY")) chat_.key = key;
         return run_chat(client, chat_);
       }));
  }

  void add_registry_commands() {
    const char* const registry_help =
        "Registry to read (default: $ROLECALL_REGISTRY, ./model_registry.yaml, "
        "/etc/rolecall/model_registry.yaml)";
    auto* check =
        app_.add_subcommand("check", "Validate a registry and its models; needs no daemon");
    check->add_option("FILE,--registry", check_.file, registry_help);
    check->add_flag("--offline", check_.offline, "Leave out what needs the model files");
    on(check, [this] { return run_check(check_); });

    auto* explain = app_.add_subcommand(
        "explain",
        "The exact command line of a role and why each argument is there; needs no daemon");
    explain->add_option("ROLE", explain_.name, "A role, an alias or an instance")->required();
    explain->add_option("--registry", explain_.registry, registry_help);
    explain->add_flag("--shell", explain_.shell, "Only the command line, for a shell");
    on(explain, [this] { return run_explain(explain_); });

    auto* doctor = app_.add_subcommand(
        "doctor",
        "What of this host's limits will bite a registry, with remedies; exit code 1 if anything "
        "will; needs no daemon");
    doctor->add_option("--registry", doctor_.registry, registry_help);
    doctor->add_flag("--json", doctor_.json, "Print JSON");
    on(doctor, [this] { return run_doctor(doctor_); });

    auto* model = app_.add_subcommand(
        "model",
        "What a model's file says: parameters, types, layers, vocabulary; needs no daemon");
    model->add_option("FILE", model_.file, "A GGUF file; of a split model the first shard")
        ->required();
    model->add_flag("--json", model_.json, "Print JSON");
    on(model, [this] { return run_model(model_); });

    auto* key = app_.add_subcommand(
        "key", "Make an API key: prints it once, with the line for the key file; needs no daemon");
    key->add_option("NAME", key_.name, "Whose it is: shown in logs and metrics")->required();
    key->add_option("--role", key_.roles, "A role that it may use; may be repeated (default: all)")
        ->take_all();
    key->add_option("--in-flight", key_.in_flight, "Requests that it may have at once")
        ->check(CLI::Range(1, 100'000));
    key->add_flag("--background", key_.background, "Its requests make way for interactive ones");
    on(key, [this] { return run_key(key_); });

    auto* schema = app_.add_subcommand("schema", "The registry's JSON Schema, for editors");
    on(schema, [] { return run_schema(); });
  }

  void add_sizing_commands() {
    const char* const ram_help = "RAM to reckon with, such as 512GB (default: this host's)";
    auto* assess =
        app_.add_subcommand("assess", "What this host has for models, and what slows it down");
    assess->add_option("--registry", assess_.registry, "Registry whose directories are looked at");
    assess->add_flag("--json", assess_.json, "Print JSON");
    on(assess, [this] { return run_assess(assess_); });

    auto* budget = app_.add_subcommand("budget", "How much RAM is left for models");
    budget->add_option("--ram", budget_.ram, ram_help);
    budget->add_option("--registry", budget_.registry, "Registry whose host.memory is compared");
    budget->add_flag("--json", budget_.json, "Print JSON");
    on(budget, [this] { return run_budget(budget_); });

    auto* size = app_.add_subcommand(
        "size", "Memory that a model takes: by parameters and quantisation, or of a file");
    size->add_option("FILE", size_.file, "A GGUF file, the first shard of several");
    size->add_option("--params", size_.parameters, "Parameters: 32B, or 235B-A22B");
    size->add_option("--quant", size_.quant, "Quantisation: Q4_K_M, Q8_0, F16 …");
    size->add_option("--context", size_.context, "Tokens in all slots together")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    size->add_option("--slots", size_.slots, "Requests worked on at once")
        ->check(CLI::PositiveNumber)
        ->capture_default_str();
    size->add_flag("--json", size_.json, "Print JSON");
    on(size, [this] { return run_size(size_); });

    auto* recommend = app_.add_subcommand("recommend", "Which roles and models fit a host");
    recommend->add_option("--ram", recommend_.ram, ram_help);
    recommend->add_option("--write", recommend_.write,
                          "Write a registry for it to this file, which must not exist");
    recommend->add_flag("--json", recommend_.json, "Print JSON");
    on(recommend, [this] { return run_recommend(recommend_); });
  }

  void add_docs() {
    auto* docs = app_.add_subcommand(
        "docs", "The reference pages of a registry's models and of the sizing guide");
    docs->add_option("--registry", docs_.registry,
                     "Registry to read (default: as rolecalld finds it)");
    docs->add_option(
        "--write", docs_.folder,
        "Write models.md and sizing.md into this folder instead of printing models.md");
    docs->add_flag("--files", docs_.files,
                   "Read the models' files for their true memory instead of the formula");
    on(docs, [this] { return run_docs(docs_); });
  }

  CLI::App app_{"rolectl looks after a rolecalld: which roles are loaded, why, and what they cost.",
                "rolectl"};
  std::string admin_;
  std::string admin_key_file_;
  status_options status_;
  memory_options memory_;
  log_options logs_;
  bool follow_events_ = false;
  command_options command_;
  plan_options plan_;
  reload_command reload_;
  chat_options chat_;
  check_options check_;
  key_options key_;
  explain_options explain_;
  doctor_options doctor_;
  model_options model_;
  assess_options assess_;
  budget_options budget_;
  size_options size_;
  recommend_options recommend_;
  docs_options docs_;
  std::function<exit_code()> chosen_;
};

exit_code run(int argc, char** argv) {
  // Writing to a pipe that nobody reads ends a command quietly instead of killing it.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return command_line_interface{}.run(argc, argv);
  } catch (const unreachable& failure) {
    std::cerr << "rolectl: " << failure.what() << '\n';
    return exit_code::unreachable;
  } catch (const std::exception& failure) {
    std::cerr << "rolectl: " << failure.what() << '\n';
    return exit_code::refused;
  }
}

}  // namespace
}  // namespace rolecall::rolectl

int main(int argc, char** argv) { return static_cast<int>(rolecall::rolectl::run(argc, argv)); }
