#pragma once

#include <string>
#include <utility>
#include <vector>

namespace CLI {
class App;
}

namespace rolecall::command_pages {

/// What a shell offers for a value.
enum class value_kind {
  none,       ///< a flag: there is no value
  text,       ///< anything
  choice,     ///< one of `choices`
  file,       ///< placeholder FILE
  directory,  ///< placeholder DIR
  role,       ///< placeholder ROLE: one of the lines of `PROGRAM roles`
  pair,       ///< placeholder KEY=VALUE: a key of the lines of `PROGRAM COMMAND`, one of `choices`
};

struct option_description {
  std::vector<std::string> names;  ///< "-f", "--follow"; empty for an argument without a name
  std::string placeholder;         ///< "FILE"; empty for a flag
  value_kind value = value_kind::none;
  std::vector<std::string> choices{};
  std::string text;        ///< what it does
  std::string limits{};    ///< "0 to 10000"; empty: none
  std::string preset{};    ///< its value when it is not given, where that was captured
  std::string variable{};  ///< environment variable that stands for it
  std::string excludes{};  ///< "--json, --ids"
  std::string needs{};     ///< likewise
  bool is_required = false;
  bool is_repeated = false;
};

/// A part of a page's end: a text, or a titled list. Of a footer "Exit codes:\n  0  done\n  2  …".
struct closing_section {
  std::string title;  ///< empty for a text
  std::string text{};
  std::vector<std::pair<std::string, std::string>> items{};
};

struct command_group;

/// A program or a subcommand, as its definition says.
struct command_description {
  std::string name;  ///< "load"
  std::string path;  ///< "rolectl load"
  std::string text;  ///< what it does, one sentence
  std::vector<option_description> arguments;
  std::vector<option_description> options;
  std::vector<command_group> groups;  ///< of subcommands
  std::vector<closing_section> closing;
};

struct command_group {
  std::string title;
  std::vector<command_description> commands;
};

/// Reads a definition. Options and subcommands of the group "" are left out. A footer's paragraphs
/// are parted by empty lines; one whose first line ends with ':' and whose others are indented is a
/// list of "word  meaning".
[[nodiscard]] command_description describe(const CLI::App& app);

/// Every command below `root`, itself first, in the order of the pages.
[[nodiscard]] std::vector<const command_description*> all_commands(const command_description& root);

/// "[OPTIONS] ROLE [MESSAGE]": what follows the command's name.
[[nodiscard]] std::string usage_words(const command_description& command);

/// The sentence of an option followed by what limits it: "… (0 to 10000; default: 50)".
[[nodiscard]] std::string full_text(const option_description& option);

}  // namespace rolecall::command_pages
