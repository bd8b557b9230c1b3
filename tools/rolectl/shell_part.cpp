#include "tools/command_pages/shell_completion.hpp"
#include "tools/rolectl/command_line.hpp"
#include "tools/rolectl/fleet_commands.hpp"
#include "tools/rolectl/screen.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

namespace rolecall::rolectl {
namespace {

constexpr const char* group = "Shell";

void define_roles(command_line& line) {
  auto& command = line.add(group, "roles", "The names of the roles, a line each");
  line.with_client(command, [](auto& client) { return run_roles(client); });
}

void define_completion(command_line& line) {
  auto& command =
      line.add(group, "completion", "Print the script that lets a shell complete rolectl's words");
  const auto shell = std::make_shared<std::string>();
  command.add_option("SHELL", *shell, "For which shell")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}));
  command.footer("The Debian package installs both. Without it: source <(rolectl completion bash)");
  line.on(command, [&line, shell] {
    const auto program = command_pages::describe(line.definition());
    (void)write_all(STDOUT_FILENO, *shell == "bash" ? command_pages::bash_completion(program)
                                                    : command_pages::zsh_completion(program));
    return exit_code::done;
  });
}

}  // namespace

void define_shell_commands(command_line& line) {
  define_roles(line);
  define_completion(line);
}

}  // namespace rolecall::rolectl
