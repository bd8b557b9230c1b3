#include "tools/command_pages/help_page.hpp"

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

namespace rolecall::command_pages {
namespace {

using row = std::pair<std::string, std::string>;

constexpr std::size_t least_columns = 40;
constexpr std::size_t margin = 2;

/// Columns that a UTF-8 text takes: its code points.
std::size_t width_of(std::string_view text) {
  constexpr unsigned char kind_bits = 0xC0U;
  constexpr unsigned char continuation = 0x80U;
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & kind_bits) != continuation; }));
}

/// `text` in lines up to `columns`, the first of which begins at column `at`; the others are
/// indented by `indent`.
std::string wrapped(const std::string& text, std::size_t columns, std::size_t at,
                    std::size_t indent) {
  std::string result;
  bool is_begin = true;
  std::istringstream words{text};
  for (std::string word; words >> word;) {
    if (!is_begin && at + 1 + width_of(word) > columns) {
      result += "\n" + std::string(indent, ' ');
      at = indent;
      is_begin = true;
    }
    if (!is_begin) {
      result += ' ';
      ++at;
    }
    result += word;
    at += width_of(word);
    is_begin = false;
  }
  return result + "\n";
}

/// Of the first column. A name that is longer than a third of the page has a line of its own.
std::size_t name_width(const std::vector<row>& rows, std::size_t columns) {
  std::size_t width = 0;
  for (const auto& [name, meaning] : rows)
    if (width_of(name) <= columns / 3) width = std::max(width, width_of(name));
  return width;
}

/// Rows of a name and its meaning, one below the other.
std::string two_columns(const std::vector<row>& rows, std::size_t width, std::size_t columns) {
  const auto indent = margin + width + margin;
  std::string result;
  for (const auto& [name, meaning] : rows) {
    result += std::string(margin, ' ') + name;
    if (width_of(name) > width)
      result += "\n" + std::string(indent, ' ');
    else
      result += std::string(width - width_of(name) + margin, ' ');
    result += wrapped(meaning, columns, indent, indent);
  }
  return result;
}

row row_of(const option_description& option) {
  std::string name;
  for (const auto& each : option.names) name += (name.empty() ? "" : ", ") + each;
  if (option.names.empty())
    name = option.placeholder;
  else if (!option.placeholder.empty())
    name += " " + option.placeholder;
  return {name, full_text(option)};
}

std::string options_list(const std::string& title, const std::vector<option_description>& options,
                         std::size_t columns) {
  if (options.empty()) return {};
  std::vector<row> rows;
  for (const auto& option : options) rows.push_back(row_of(option));
  return "\n" + title + ":\n" + two_columns(rows, name_width(rows, columns), columns);
}

/// Groups have one first column, so that the page reads as one list.
std::string command_lists(const command_description& command, std::size_t columns) {
  std::vector<std::vector<row>> lists;
  std::size_t width = 0;
  for (const auto& group : command.groups) {
    auto& rows = lists.emplace_back();
    for (const auto& each : group.commands) rows.emplace_back(each.name, each.text);
    width = std::max(width, name_width(rows, columns));
  }
  std::string result;
  for (std::size_t i = 0; i < lists.size(); ++i)
    result += "\n" + command.groups[i].title + ":\n" + two_columns(lists[i], width, columns);
  return result;
}

}  // namespace

std::string help_page(const command_description& command, std::size_t columns) {
  columns = std::max(columns, least_columns);
  std::string page = wrapped(command.text, columns, 0, 0);
  const auto usage = "Usage: " + command.path + " ";
  page += "\n" + usage + wrapped(usage_words(command), columns, width_of(usage), 2 * margin);
  page += options_list("Arguments", command.arguments, columns);
  page += command_lists(command, columns);
  page += options_list("Options", command.options, columns);
  for (const auto& section : command.closing) {
    page += "\n";
    if (section.title.empty())
      page += wrapped(section.text, columns, 0, 0);
    else
      page += section.title + ":\n" +
              two_columns(section.items, name_width(section.items, columns), columns);
  }
  const auto program = command.path.substr(0, command.path.find(' '));
  if (program != command.path)
    page += "\n" +
            wrapped("Options of every command, exit codes and environment: " + program + " --help",
                    columns, 0, 0);
  return page;
}

void use_help_page(CLI::App& app, std::size_t (*columns)()) {
  app.formatter_fn([columns](const CLI::App* shown, const std::string&, CLI::AppFormatMode) {
    return help_page(describe(*shown), columns());
  });
}

}  // namespace rolecall::command_pages
