#include "tools/command_pages/script_text.hpp"
#include "tools/command_pages/shell_completion.hpp"

#include <algorithm>

namespace rolecall::command_pages {
namespace {

/// Inside single quotes of a specification of _arguments or _describe, where []: have a meaning.
std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '\'')
      result += R"('\'')";
    else if (c == '[' || c == ']' || c == ':' || c == '\\')
      result.append({'\\', c});
    else
      result += c;
  }
  return result;
}

std::string joined_choices(const option_description& option) {
  std::string words;
  for (const auto& choice : option.choices) words += (words.empty() ? "" : " ") + choice;
  return words;
}

/// The words behind the program's name, parted by commas.
std::string comma_path(const command_description& root, const command_description& command) {
  if (&root == &command) return {};
  auto path = command.path.substr(root.path.size() + 1);
  std::ranges::replace(path, ' ', ',');
  return path;
}

/// The action of a specification: what completes the value of an option of `command`.
std::string action(const command_description& root, const command_description& command,
                   const option_description& option) {
  switch (option.value) {
    case value_kind::none:
    case value_kind::text:
      return " ";
    case value_kind::choice:
      return "(" + joined_choices(option) + ")";
    case value_kind::file:
      return "_files";
    case value_kind::directory:
      return "_files -/";
    case value_kind::role:
      return "_" + root.name + "__roles";
    case value_kind::pair:
      return " _" + root.name + "__pairs " + comma_path(root, command) + " " +
             joined_choices(option);
  }
  return " ";
}

std::string option_specification(const command_description& root,
                                 const command_description& command,
                                 const option_description& option) {
  std::string names;
  for (const auto& name : option.names) names += (names.empty() ? "" : " ") + name;
  std::string tail = "[" + escaped(full_text(option)) + "]";
  if (option.value != value_kind::none)
    tail += ":" + escaped(option.placeholder) + ":" + action(root, command, option);
  std::string result;
  for (const auto& name : option.names) {
    const auto mark =
        option.value != value_kind::none && name.starts_with("--") ? name + "=" : name;
    const std::string once = option.is_repeated ? "*" : "(" + names + ")";
    result += " \\\n        '" + once + mark + tail + "'";
  }
  return result;
}

std::string argument_specification(const command_description& root,
                                   const command_description& command,
                                   const option_description& argument) {
  return std::string{" \\\n        '"} + (argument.is_repeated ? "*" : "") + ":" +
         escaped(argument.placeholder) + ":" + action(root, command, argument) + "'";
}

std::string function_name(const command_description& command) {
  auto name = "_" + command.path;
  std::ranges::replace(name, ' ', '_');
  return name;
}

/// One function a command. Its own function takes the words behind a subcommand.
std::string function_of(const command_description& root, const command_description& command) {
  const auto name = function_name(command);
  const bool is_root = &command == &root;
  std::string text = name + "() {\n";
  if (is_root) text += "  local program=$words[1]\n  local -a passed\n";
  if (!command.groups.empty())
    text += "  local context state state_descr line\n  typeset -A opt_args\n";
  std::string specifications;
  for (const auto& option : command.options)
    specifications += option_specification(root, command, option);
  if (!is_root)
    for (const auto& option : root.options)
      if (std::ranges::find(option.names, "--help") == option.names.end() &&
          option.value != value_kind::none)
        specifications += option_specification(root, command, option);
  if (command.groups.empty()) {
    for (const auto& argument : command.arguments)
      specifications += argument_specification(root, command, argument);
    return text + "  _arguments -S" + specifications + "\n}\n\n";
  }
  text += "  _arguments -C -S" + specifications + " \\\n        '1:command:" + name +
          "_commands' \\\n        '*::argument:->argument'\n";
  if (is_root) {
    for (const auto& option : root.options)
      if (option.value != value_kind::none)
        for (const auto& each : option.names)
          text += "  [[ -n $opt_args[" + each + "] ]] && passed+=(" + each + " ${(Q)opt_args[" +
                  each + "]})\n";
  }
  text += "  [[ $state == argument ]] || return\n  case $line[1] in\n";
  std::string names;
  for (const auto& group : command.groups)
    for (const auto& each : group.commands) {
      text += "    " + each.name + ") " + function_name(each) + " ;;\n";
      names += "    '" + each.name + ":" + escaped(each.text) + "'\n";
    }
  text += "  esac\n}\n\n";
  return text + name + "_commands() {\n  local -a names\n  names=(\n" + names +
         "  )\n  _describe -t commands command names\n}\n\n";
}

// @PROGRAM@ and @FUNCTIONS@ are put in.
constexpr std::string_view script = R"sh(#compdef @PROGRAM@
# Completion of @PROGRAM@ for zsh. Made from its command line; do not edit.

# The program's own answer, in silence, within a second.
_@PROGRAM@__ask() {
  timeout 1 ${~program} $passed "$@" 2>/dev/null </dev/null
}

_@PROGRAM@__roles() {
  local -a roles
  roles=(${(f)"$(_@PROGRAM@__ask roles)"})
  compadd -a roles
}

# A key that the subcommand $1 lists, '=', and one of the words behind it.
_@PROGRAM@__pairs() {
  local -a keys
  if compset -P '*='; then
    compadd -- "${@:2}"
  else
    keys=(${${(f)"$(_@PROGRAM@__ask ${(s:,:)1})"}%%=*})
    compadd -S '=' -a keys
  fi
}

@FUNCTIONS@if [[ $funcstack[1] == _@PROGRAM@ ]]; then
  _@PROGRAM@ "$@"
else
  compdef _@PROGRAM@ @PROGRAM@
fi
)sh";

}  // namespace

std::string zsh_completion(const command_description& program) {
  std::string functions;
  for (const auto* command : all_commands(program)) functions += function_of(program, *command);
  std::string text{script};
  put_in(text, "@FUNCTIONS@", functions);
  put_in(text, "@PROGRAM@", program.name);
  return text;
}

}  // namespace rolecall::command_pages
