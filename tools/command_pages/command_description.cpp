#include "tools/command_pages/command_description.hpp"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

namespace rolecall::command_pages {
namespace {

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string result;
  for (const auto& word : words) result.append(result.empty() ? "" : between).append(word);
  return result;
}

std::string names_of(const std::set<CLI::Option*>& options) {
  std::vector<std::string> names;
  for (const auto* option : options) names.push_back(option->get_name());
  std::ranges::sort(names);  // the set is ordered by address
  return joined(names, ", ");
}

std::string between(const std::string& text, char begin, char end) {
  const auto first = text.find(begin);
  const auto last = text.rfind(end);
  if (first == std::string::npos || last == std::string::npos || last < first) return {};
  return text.substr(first + 1, last - first - 1);
}

/// CLI11's words for its checks: "INT in [0 - 10000]", "POSITIVE".
std::string limits_of(const std::string& type) {
  if (type.find(":POSITIVE") != std::string::npos) return "1 or more";
  auto range = between(type, '[', ']');
  const auto dash = range.find(" - ");
  if (dash == std::string::npos) return {};
  return range.replace(dash, 3, " to ");
}

std::vector<std::string> choices_of(const std::string& type) {
  std::vector<std::string> choices;
  std::istringstream list{between(type, '{', '}')};
  for (std::string choice; std::getline(list, choice, ',');) choices.push_back(choice);
  return choices;
}

value_kind kind_of(const option_description& option) {
  if (option.placeholder.empty()) return value_kind::none;
  if (option.placeholder.find('=') != std::string::npos) return value_kind::pair;
  if (!option.choices.empty()) return value_kind::choice;
  if (option.placeholder == "FILE") return value_kind::file;
  if (option.placeholder == "DIR") return value_kind::directory;
  if (option.placeholder == "ROLE") return value_kind::role;
  return value_kind::text;
}

option_description described(const CLI::Option& option) {
  option_description result;
  for (const auto& name : option.get_snames()) result.names.push_back("-" + name);
  for (const auto& name : option.get_lnames()) result.names.push_back("--" + name);
  const auto type = option.get_type_name();
  if (option.get_items_expected_max() > 0) {
    result.placeholder = type.substr(0, type.find(':'));
    // "TEXT" tells nobody anything that an argument's own name does not.
    if (option.get_positional() && result.placeholder == "TEXT")
      result.placeholder = option.get_name(true);
    result.choices = choices_of(type);
    result.limits = limits_of(type);
    result.preset = option.get_default_str();
    result.is_repeated = option.get_expected_max() > 1;
  }
  result.value = kind_of(result);
  result.text = option.get_description();
  result.variable = option.get_envname();
  result.excludes = names_of(option.get_excludes());
  result.needs = names_of(option.get_needs());
  result.is_required = option.get_required();
  return result;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream{text};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

bool is_list(const std::vector<std::string>& lines) {
  return lines.size() > 1 && lines.front().ends_with(':') &&
         std::all_of(lines.begin() + 1, lines.end(),
                     [](const auto& line) { return line.starts_with("  "); });
}

closing_section section_of(const std::vector<std::string>& lines) {
  if (!is_list(lines)) return {{}, joined(lines, " "), {}};
  closing_section section{lines.front().substr(0, lines.front().size() - 1), {}, {}};
  for (auto line = lines.begin() + 1; line != lines.end(); ++line) {
    const auto begin = line->find_first_not_of(' ');
    const auto gap = line->find("  ", begin);
    const auto rest = gap == std::string::npos ? gap : line->find_first_not_of(' ', gap);
    section.items.emplace_back(line->substr(begin, gap - begin),
                               rest == std::string::npos ? "" : line->substr(rest));
  }
  return section;
}

std::vector<closing_section> sections_of(const std::string& footer) {
  std::vector<closing_section> sections;
  std::vector<std::string> paragraph;
  for (const auto& line : lines_of(footer + "\n\n")) {
    if (!line.empty()) {
      paragraph.push_back(line);
    } else if (!paragraph.empty()) {
      sections.push_back(section_of(paragraph));
      paragraph.clear();
    }
  }
  return sections;
}

}  // namespace

command_description describe(const CLI::App& app) {
  command_description result;
  result.name = app.get_name();
  result.path = result.name;
  for (const auto* parent = app.get_parent(); parent != nullptr; parent = parent->get_parent())
    result.path = parent->get_name() + " " + result.path;
  result.text = app.get_description();
  for (const auto* option : app.get_options()) {
    if (option->get_group().empty()) continue;
    if (option->get_positional()) result.arguments.push_back(described(*option));
    if (!option->get_snames().empty() || !option->get_lnames().empty())
      result.options.push_back(described(*option));
  }
  for (const auto* command : app.get_subcommands({})) {
    const auto& title = command->get_group();
    if (title.empty()) continue;
    auto group = std::ranges::find(result.groups, title, &command_group::title);
    if (group == result.groups.end())
      group = result.groups.insert(result.groups.end(), {title, {}});
    group->commands.push_back(describe(*command));
  }
  result.closing = sections_of(app.get_footer());
  return result;
}

std::vector<const command_description*> all_commands(const command_description& root) {
  std::vector<const command_description*> result{&root};
  for (const auto& group : root.groups)
    for (const auto& command : group.commands) {
      const auto below = all_commands(command);
      result.insert(result.end(), below.begin(), below.end());
    }
  return result;
}

std::string usage_words(const command_description& command) {
  std::string words = "[OPTIONS]";
  for (const auto& argument : command.arguments) {
    const auto name = argument.placeholder + (argument.is_repeated ? "..." : "");
    words += argument.is_required ? " " + name : " [" + name + "]";
  }
  if (!command.groups.empty()) words += " COMMAND";
  return words;
}

std::string full_text(const option_description& option) {
  std::vector<std::string> remarks;
  if (!option.choices.empty())
    remarks.push_back((option.value == value_kind::pair ? "VALUE: " : "") +
                      joined(option.choices, ", "));
  if (!option.limits.empty()) remarks.push_back(option.limits);
  if (!option.preset.empty()) remarks.push_back("default: " + option.preset);
  if (!option.variable.empty()) remarks.push_back("or $" + option.variable);
  if (!option.excludes.empty()) remarks.push_back("not with " + option.excludes);
  if (!option.needs.empty()) remarks.push_back("needs " + option.needs);
  if (option.is_repeated && !option.names.empty()) remarks.emplace_back("may be repeated");
  return remarks.empty() ? option.text : option.text + " (" + joined(remarks, "; ") + ")";
}

}  // namespace rolecall::command_pages
