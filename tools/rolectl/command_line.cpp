#include "tools/rolectl/command_line.hpp"

#include "tools/command_pages/help_page.hpp"
#include "tools/rolectl/screen.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include <CLI/CLI.hpp>

#include <unistd.h>

namespace rolecall::rolectl {
namespace {

std::size_t help_columns() {
  constexpr int on_paper = 80;
  constexpr int readable = 100;
  const auto width = screen_of(STDOUT_FILENO).width;
  return static_cast<std::size_t>(width == 0 ? on_paper : std::min(width, readable));
}

constexpr const char* closing =
    "Exit codes:\n"
    "  0    done\n"
    "  1    refused or failed; the reason is on stderr\n"
    "  2    wrong usage\n"
    "  3    no daemon answered\n"
    "  130  Ctrl-C ended the waiting; what was asked for goes on\n"
    "\n"
    "Environment:\n"
    "  ROLECALL_ADMIN      the daemon's admin address, if there is no --admin\n"
    "  ROLECALL_ADMIN_KEY  the key of the admin address, if there is no --admin-key-file\n"
    "  ROLECALL_API_KEY    the key that `chat` shows to the front door\n"
    "  ROLECALL_REGISTRY   the registry of commands that need no daemon\n"
    "  NO_COLOR            no colour, if it is set to anything\n"
    "\n"
    "Files:\n"
    "  /run/rolecall/admin.sock           the admin address of the system's daemon\n"
    "  /etc/rolecall/model_registry.yaml  its registry\n";

std::string text_of(const char* variable) {
  const char* value = std::getenv(variable);
  return value == nullptr ? "" : value;
}

/// "rolectl load" where the arguments name that command.
std::string command_named(const CLI::App& app) {
  auto path = app.get_name();
  for (const auto* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    path += " " + at->get_name();
  }
  return path;
}

/// What is wrong with the arguments, and where to read on.
std::string usage_message(const CLI::App* app, const CLI::Error& error) {
  std::string what = error.what();
  const auto unknown = app->remaining();
  if (app->get_subcommands().empty())
    what =
        unknown.empty() ? "a command is missing" : "there is no command '" + unknown.front() + "'";
  return "rolectl: " + what + "; see " + command_named(*app) + " --help\n";
}

}  // namespace

command_line::command_line()
    : app_(std::make_unique<CLI::App>(
          "rolectl looks after a rolecalld: which roles are loaded, why, and what they cost.",
          "rolectl")) {
  app_->fallthrough();
  app_->require_subcommand(1);
  app_->set_version_flag("--version", "rolectl " ROLECALL_VERSION)
      ->description("Print the version and exit");
  app_->set_help_flag("-h,--help", "Print this page and exit; each COMMAND has one, too");
  app_->failure_message(usage_message);
  command_pages::use_help_page(*app_, help_columns);
  app_->add_option("--admin", admin_,
                   "The daemon's admin address: 127.0.0.1:8071 or unix:PATH. Without it "
                   "$ROLECALL_ADMIN, then unix:/run/rolecall/admin.sock, then 127.0.0.1:8071")
      ->type_name("ADDRESS");
  app_->add_option("--admin-key-file", admin_key_file_,
                   "A file that holds the admin address's key and nothing else. Without it "
                   "$ROLECALL_ADMIN_KEY")
      ->type_name("FILE");
  define_fleet_commands(*this);
  define_request_commands(*this);
  define_log_commands(*this);
  define_registry_commands(*this);
  define_sizing_commands(*this);
  define_shell_commands(*this);
  app_->footer(closing);  // last, because subcommands take over what there is
}

command_line::~command_line() = default;

exit_code command_line::run(int argc, char** argv) {
  try {
    app_->parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app_->exit(error) == 0 ? exit_code::done : exit_code::usage;
  }
  return chosen_();
}

CLI::App& command_line::add(const char* group, const char* name, const char* text) {
  auto* command = app_->add_subcommand(name, text)->group(group);
  command->set_help_flag("-h,--help", "Print this page and exit");
  return *command;
}

void command_line::on(CLI::App& command, std::function<exit_code()> action) {
  command.callback([this, action = std::move(action)] { chosen_ = action; });
}

void command_line::with_client(CLI::App& command, std::function<exit_code(admin_client&)> action) {
  on(command, [this, action = std::move(action)] {
    auto found = doors(admin_, text_of("ROLECALL_ADMIN"));
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
  });
}

boost::system::result<std::string, std::string> command_line::admin_key() const {
  if (admin_key_file_.empty())
    return {boost::system::in_place_value, text_of("ROLECALL_ADMIN_KEY")};
  std::ifstream in(admin_key_file_);
  std::string key;
  if (in >> key) return {boost::system::in_place_value, std::move(key)};
  return {boost::system::in_place_error, "cannot read a key from " + admin_key_file_};
}

}  // namespace rolecall::rolectl
