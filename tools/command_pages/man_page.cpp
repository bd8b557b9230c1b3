#include "tools/command_pages/man_page.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>

namespace rolecall::command_pages {
namespace {

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  });
  return text;
}

/// The code point that begins at `at`, which moves behind it. Of text that is UTF-8.
char32_t next_code_point(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  int more = 0;
  char32_t code = first;
  if (first >= 0xF0U) {
    more = 3;
    code = first & 0x07U;
  } else if (first >= 0xE0U) {
    more = 2;
    code = first & 0x0FU;
  } else if (first >= 0xC0U) {
    more = 1;
    code = first & 0x1FU;
  }
  for (; more > 0 && at < text.size(); --more)
    code = (code << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
  return code;
}

/// Text that no macro and no escape is seen in. Hyphens are those that can be pasted into a shell.
std::string escaped(std::string_view text) {
  std::string result;
  if (text.starts_with('.') || text.starts_with('\'')) result += "\\&";
  for (std::size_t at = 0; at < text.size();) {
    const auto code = next_code_point(text, at);
    if (code == U'\n') {
      result += ' ';
    } else if (code == U'\\') {
      result += "\\e";
    } else if (code == U'-') {
      result += "\\-";
    } else if (code == U'\'') {
      result += "\\(aq";
    } else if (code == U'`') {
      result += "\\(ga";
    } else if (code < 0x80) {
      result += static_cast<char>(code);
    } else {
      std::array<char, 16> name{};
      std::snprintf(name.data(), name.size(), "\\[u%04X]", static_cast<unsigned>(code));
      result += name.data();
    }
  }
  return result;
}

std::string bold(std::string_view text) { return "\\fB" + escaped(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + escaped(text) + "\\fR"; }
std::string section(std::string_view title) {
  return ".SH \"" + upper(std::string{title}) + "\"\n";
}

/// A tagged paragraph; both are escaped already.
std::string tagged(const std::string& tag, const std::string& text) {
  return ".TP\n" + tag + "\n" + text + "\n";
}

std::string option_tag(const option_description& option) {
  if (option.names.empty()) return italic(option.placeholder);
  std::string tag;
  for (const auto& name : option.names) tag += (tag.empty() ? "" : ", ") + bold(name);
  return option.placeholder.empty() ? tag : tag + " " + italic(option.placeholder);
}

std::string option_paragraphs(const std::vector<option_description>& options) {
  std::string text;
  for (const auto& option : options) text += tagged(option_tag(option), escaped(full_text(option)));
  return text;
}

/// Everybody has --help: it is told once, with the program's own options.
std::vector<option_description> own_options(const command_description& command) {
  auto options = command.options;
  std::erase_if(options, [](const auto& option) {
    return std::ranges::find(option.names, "--help") != option.names.end();
  });
  return options;
}

std::string synopsis(const command_description& command) {
  return bold(command.path) + " " + italic(usage_words(command));
}

std::string command_paragraphs(const command_description& command) {
  auto text = tagged(synopsis(command), escaped(command.text));
  auto details = option_paragraphs(command.arguments) + option_paragraphs(own_options(command));
  for (const auto& closing : command.closing) {
    if (!closing.text.empty()) details += ".PP\n" + escaped(closing.text) + "\n";
    for (const auto& [word, meaning] : closing.items)
      details += tagged(bold(word), escaped(meaning));
  }
  if (!details.empty()) text += ".RS\n" + details + ".RE\n";
  for (const auto& group : command.groups)
    for (const auto& each : group.commands) text += command_paragraphs(each);
  return text;
}

std::string closing_sections(const command_description& program) {
  std::string text;
  bool in_notes = false;
  for (const auto& closing : program.closing) {
    const bool is_note = closing.title.empty();
    text += is_note && in_notes ? ".PP\n" : section(is_note ? "Notes" : closing.title);
    in_notes = is_note;
    if (is_note) text += escaped(closing.text) + "\n";
    for (const auto& [word, meaning] : closing.items) text += tagged(bold(word), escaped(meaning));
  }
  return text;
}

}  // namespace

std::string man_page(const command_description& program, const man_heading& heading) {
  auto purpose = program.text;
  if (purpose.starts_with(program.name + " ")) purpose.erase(0, program.name.size() + 1);
  if (purpose.ends_with('.')) purpose.pop_back();
  std::string page = ".TH \"" + upper(program.name) + "\" \"" + std::to_string(heading.section) +
                     "\" \"\" \"" + escaped(heading.source) + "\" \"Rolecall\"\n";
  page += ".\\\" Made from the program's own command line; do not edit.\n";
  page += section("Name") + program.name + " \\- " + escaped(purpose) + "\n";
  page += section("Synopsis") + synopsis(program) + "\n";
  page += section("Description") + escaped(program.text) + "\n";
  if (!program.groups.empty()) page += section("Commands");
  for (const auto& group : program.groups) {
    page += ".SS \"" + escaped(group.title) + "\"\n";
    for (const auto& command : group.commands) page += command_paragraphs(command);
  }
  page += section("Options") + option_paragraphs(program.arguments) +
          option_paragraphs(program.options);
  page += closing_sections(program);
  if (!heading.see_also.empty()) {
    page += section("See also");
    for (const auto& other : heading.see_also)
      page += bold(other) + (&other == &heading.see_also.back() ? "\n" : ",\n");
  }
  return page;
}

}  // namespace rolecall::command_pages
