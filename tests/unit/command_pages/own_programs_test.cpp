// What rolectl and rolecalld can do stands in every page that is made of them.
#include "orchestrator/daemon_options.hpp"
#include "tools/command_pages/help_page.hpp"
#include "tools/command_pages/man_page.hpp"
#include "tools/command_pages/shell_completion.hpp"
#include "tools/rolectl/command_line.hpp"

#include <functional>

#include <CLI/CLI.hpp>
#include <doctest/doctest.h>

namespace {

using namespace rolecall;
using namespace rolecall::command_pages;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// As roff writes it.
std::string in_roff(const std::string& name) {
  std::string result;
  for (const char c : name) result += c == '-' ? std::string{"\\-"} : std::string{c};
  return result;
}

/// CLI11's own view, so that nothing is missed by describe().
void each_command(const CLI::App& app, const std::function<void(const CLI::App&)>& look) {
  look(app);
  for (const auto* command : app.get_subcommands({})) each_command(*command, look);
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_snames()) names.push_back("-" + name);
    for (const auto& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

}  // namespace

TEST_CASE("own programs: every command and option of rolectl stands in its pages and completions") {
  rolectl::command_line line;
  const auto program = describe(line.definition());
  const auto man = man_page(program, {.section = 1, .source = "Rolecall"});
  const auto bash = bash_completion(program);
  const auto zsh = zsh_completion(program);
  int commands = 0;
  int options = 0;
  each_command(line.definition(), [&](const CLI::App& command) {
    ++commands;
    const auto path = describe(command).path;
    CAPTURE(path);
    CHECK(has(man, "\\fB" + in_roff(path) + "\\fR"));
    CHECK(has(bash, "    '" + path.substr(program.name.size()) + "')\n"));
    if (command.get_parent() != nullptr) CHECK(has(zsh, "    " + command.get_name() + ") _"));
    const auto help = help_page(describe(command), 80);
    for (const auto& name : option_names(command)) {
      ++options;
      CAPTURE(name);
      CHECK(has(help, name));
      CHECK(has(man, in_roff(name)));
      CHECK(has(bash, " " + name));
      CHECK((has(zsh, name + "[") || has(zsh, name + "=[")));
    }
  });
  CHECK(commands > 25);
  CHECK(options > 60);
}

TEST_CASE("own programs: every option of rolecalld stands in its manual page") {
  CLI::App app;
  daemon_options chosen;
  define(app, chosen);
  const auto man = man_page(describe(app), {.section = 8, .source = "Rolecall"});
  CHECK(has(man, "rolecalld \\- "));
  CHECK(has(man, ".SH \"SIGNALS\"\n"));
  for (const auto& name : option_names(app)) {
    CAPTURE(name);
    CHECK(has(man, in_roff(name)));
  }
  for (const auto* option : app.get_options())
    CHECK_FALSE(option->get_type_name().starts_with("TEXT"));
}

TEST_CASE("own programs: every command and every option of rolectl is explained in a sentence") {
  rolectl::command_line line;
  each_command(line.definition(), [](const CLI::App& command) {
    CAPTURE(command.get_name());
    CHECK_FALSE(command.get_description().empty());
    for (const auto* option : command.get_options()) {
      CAPTURE(option->get_name());
      CHECK_FALSE(option->get_description().empty());
      CHECK_FALSE(option->get_description().ends_with('.'));
      // CLI11's own words for a value tell nobody what to write.
      if (!option->get_positional()) CHECK_FALSE(option->get_type_name().starts_with("TEXT"));
      CHECK_FALSE(option->get_type_name().starts_with("INT"));
    }
  });
}
