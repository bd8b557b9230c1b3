#include "tools/rolectl/explain_view.hpp"

#include "tools/rolectl/memory_view.hpp"
#include "tools/rolectl/table.hpp"

namespace rolecall::rolectl {
namespace {

std::string shell_quoted(const std::string& word) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_@%+=:,./-";
  if (!word.empty() && word.find_first_not_of(plain) == std::string::npos) return word;
  std::string quoted = "'";
  for (const char c : word) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + shell_quoted(word);
  return text;
}

std::string heading(const char* title, const screen& on) {
  return "\n" + painted(title, look::bold, on) + "\n";
}

/// Not cut at the screen's edge: a command line is there to be read in full.
screen uncut(screen on) {
  on.width = 0;
  return on;
}

std::string title(const explanation& what) {
  std::string text = "instance " + what.instance.name + " of role " + what.role.name + ": model " +
                     what.role.model + " on port " + std::to_string(what.instance.port) + "\n";
  for (const auto& sibling : what.siblings)
    text += "also " + sibling.name + " on port " + std::to_string(sibling.port) +
            "; see rolectl explain " + sibling.name + "\n";
  return text;
}

std::string argument_table(const launcher::command_line& command, const screen& on) {
  table rows{{{"ARGUMENT"}, {"WHY"}}};
  for (const auto& argument : command.arguments)
    rows.add({{joined(argument.words)}, {argument.reason, look::dim}});
  return rows.text(on);
}

std::string setting_table(const std::vector<registry::setting>& settings, const screen& on) {
  table rows{{{"KEY"}, {"VALUE"}, {"FROM"}}};
  for (const auto& s : settings) rows.add({{s.key}, {s.value}, {s.origin, look::dim}});
  return rows.text(on);
}

}  // namespace

std::string explain_text(const explanation& what, const screen& on) {
  const auto wide = uncut(on);
  auto text = title(what) + heading("Command line", on) + argument_table(what.command, wide);
  if (!what.command.environment.empty()) {
    text += heading("Environment", on);
    for (const auto& [name, value] : what.command.environment) text += name + "=" + value + "\n";
  }
  if (!what.command.notices.empty()) {
    text += heading("Not as asked", on);
    for (const auto& notice : what.command.notices) text += painted(notice, look::busy, on) + "\n";
  }
  return text + heading("Memory", on) + footprint_text(what.footprint, wide) +
         heading("Settings", on) + setting_table(what.settings, wide);
}

std::string shell_text(const launcher::command_line& command) {
  std::string text;
  for (const auto& [name, value] : command.environment)
    text += name + "=" + shell_quoted(value) + " ";
  return text + joined(command.words()) + "\n";
}

}  // namespace rolecall::rolectl
