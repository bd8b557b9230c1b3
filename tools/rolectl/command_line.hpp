#pragma once

#include "tools/rolectl/admin_client.hpp"
#include "tools/rolectl/exit_code.hpp"

#include <functional>
#include <memory>
#include <string>

namespace CLI {
class App;
}

namespace rolecall::rolectl {

/// rolectl's command line. One definition parses the arguments, prints the help and is what the
/// manual page and the completions are made from.
class command_line {
 public:
  command_line();
  ~command_line();
  command_line(const command_line&) = delete;
  command_line& operator=(const command_line&) = delete;

  /// Does what the arguments say. Throws what the commands throw.
  exit_code run(int argc, char** argv);

  [[nodiscard]] CLI::App& definition() noexcept { return *app_; }

  // For the parts below.

  /// A subcommand, in a group of the help page. `text`: one sentence without a full stop.
  CLI::App& add(const char* group, const char* name, const char* text);
  /// What the subcommand does.
  void on(CLI::App& command, std::function<exit_code()> action);
  /// What it does with a client for the daemon that the options name.
  void with_client(CLI::App& command, std::function<exit_code(admin_client&)> action);

 private:
  /// Of the admin address; empty without one. The error says which file cannot be read.
  [[nodiscard]] boost::system::result<std::string, std::string> admin_key() const;

  std::unique_ptr<CLI::App> app_;
  std::string admin_;
  std::string admin_key_file_;
  std::function<exit_code()> chosen_;
};

// The parts of the definition, a file each. Options are shared by the parser, which fills them, and
// the action, which reads them.

void define_fleet_commands(command_line& line);
void define_request_commands(command_line& line);
void define_log_commands(command_line& line);
void define_registry_commands(command_line& line);
void define_sizing_commands(command_line& line);
void define_shell_commands(command_line& line);

}  // namespace rolecall::rolectl
