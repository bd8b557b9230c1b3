#include "launcher/capabilities.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <vector>

namespace rolecall::launcher {
namespace {

// --help prints one entry per flag: its spellings and the placeholder of its value from the left
// edge, what it does from column 40 on, on the same line or on those below.
constexpr std::size_t description_column = 40;

bool is_lower_word(std::string_view text) {
  return !text.empty() && std::islower(static_cast<unsigned char>(text.front())) != 0 &&
         std::ranges::all_of(text, [](unsigned char c) {
           return std::islower(c) != 0 || std::isdigit(c) != 0 || c == '-' || c == '_' || c == '+';
         });
}

bool is_flag(std::string_view word) {
  const auto name =
      word.starts_with("--") ? word.substr(2) : word.substr(word.starts_with('-') ? 1 : 0);
  return name.size() < word.size() && !name.empty() &&
         std::isalpha(static_cast<unsigned char>(name.front())) != 0 &&
         std::ranges::all_of(name, [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
         });
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = std::min(text.find_first_of(separators), text.size());
    if (const auto part = trim(text.substr(0, end)); !part.empty()) parts.push_back(part);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

struct entry {
  std::vector<std::string> spellings;
  std::string placeholder;
  std::vector<std::string> description;

  [[nodiscard]] std::string text() const {
    std::string joined;
    for (const auto& line : description) joined += line + ' ';
    return joined;
  }
};

/// The entry that a line opens; none for headings and for lines of a description.
std::optional<entry> parse_opening(std::string_view line) {
  const auto indent = line.find_first_not_of(' ');
  // Builds before 2024-09 indent entries by up to nine columns.
  if (indent == std::string_view::npos || indent > 9 || line[indent] != '-') return std::nullopt;
  entry found;
  auto rest = line.substr(indent);
  while (true) {
    const auto end = std::min(rest.find_first_of(" ,"), rest.size());
    const auto word = rest.substr(0, end);
    if (!is_flag(word)) return std::nullopt;
    found.spellings.emplace_back(word);
    rest.remove_prefix(end);
    if (!rest.starts_with(',')) break;
    const auto next = rest.find_first_not_of(", ");
    if (next == std::string_view::npos || rest[next] != '-') break;
    rest.remove_prefix(next);
  }
  // One space leads to a placeholder, more lead to the description.
  std::string_view description = rest;
  if (rest.size() > 1 && rest[0] == ' ' && rest[1] != ' ') {
    const auto gap = std::min(rest.find("  ", 1), rest.size());
    const auto column = static_cast<std::size_t>(rest.data() - line.data());
    const auto room = column < description_column ? description_column - column : std::size_t{0};
    const auto end = gap == rest.size() ? gap : std::min(gap, std::max<std::size_t>(room, 1));
    found.placeholder = trim(rest.substr(0, end));
    description = rest.substr(end);
  }
  if (!trim(description).empty()) found.description.emplace_back(trim(description));
  return found;
}

std::set<std::string, std::less<>> words_of(std::string_view list, std::string_view separators) {
  std::set<std::string, std::less<>> words;
  for (const auto part : split(list, separators)) {
    if (!is_lower_word(part)) return {};
    words.emplace(part);
  }
  return words;
}

/// `[on|off|auto]`, `{none,linear}`, `none,draft-simple,…`: placeholders that are the list of
/// values themselves.
std::set<std::string, std::less<>> values_in_placeholder(std::string_view text) {
  if (text.find("...") != std::string_view::npos) return {};
  const bool bracketed = text.size() > 2 && ((text.front() == '[' && text.back() == ']') ||
                                             (text.front() == '{' && text.back() == '}'));
  if (bracketed) text = text.substr(1, text.size() - 2);
  auto words = words_of(text, ",|");
  if (words.size() < 2) words.clear();
  return words;
}

/// "allowed values: f32, f16 (default: f16)" and lines such as "- mmap: …", "- layer (default): …".
std::set<std::string, std::less<>> values_in_description(const entry& e) {
  const auto text = e.text();
  constexpr std::string_view marker = "allowed values:";
  if (const auto at = text.find(marker); at != std::string::npos) {
    const auto list = std::string_view(text).substr(at + marker.size());
    return words_of(list.substr(0, list.find('(')), ",");
  }
  std::set<std::string, std::less<>> words;
  for (const auto& line : e.description) {
    if (!line.starts_with("- ")) continue;
    const auto word = std::string_view(line).substr(2, line.find_first_of(" :", 2) - 2);
    if (is_lower_word(word) && line.find(':') != std::string::npos) words.emplace(word);
  }
  return words;
}

void record(capabilities& found, const entry& e) {
  constexpr std::string_view gone = "the argument has been removed.";
  const auto text = e.text();
  if (const auto at = text.find(gone); at != std::string::npos) {
    const auto hint = trim(std::string_view(text).substr(at + gone.size()));
    for (const auto& flag : e.spellings)
      found.removed.emplace(flag, trim(hint.substr(0, hint.find("(env:"))));
    return;
  }
  auto values = values_in_placeholder(e.placeholder);
  if (values.empty()) values = values_in_description(e);
  for (const auto& flag : e.spellings) {
    found.flags.insert(flag);
    found.spelled_as.emplace(flag, e.spellings.front());
    if (e.placeholder.empty()) found.valueless.insert(flag);
    if (!values.empty() && !e.placeholder.empty()) found.values.emplace(flag, values);
  }
}

// "version: 0.7.0 (build 11669, commit Debian)", older "version: 6000 (1a2b3c4d)".
void parse_version(capabilities& found, std::string_view text) {
  for (const auto line : split(text, "\n")) {
    constexpr std::string_view marker = "version: ";
    if (!line.starts_with(marker)) continue;
    found.version = trim(line.substr(marker.size()));
    constexpr std::string_view build = "(build ";
    const auto at = found.version.find(build);
    const auto number = at == std::string::npos
                            ? std::string_view(found.version)
                            : std::string_view(found.version).substr(at + build.size());
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), found.build);
    if (error != std::errc{} ||
        (at == std::string::npos && end != number.data() + number.size() && *end != ' '))
      found.build = 0;
    return;
  }
}

}  // namespace

bool capabilities::has_value(std::string_view flag, std::string_view value) const {
  const auto found = values.find(flag);
  return found != values.end() && found->second.contains(value);
}

bool capabilities::same_flag(std::string_view a, std::string_view b) const {
  if (a == b) return true;
  const auto left = spelled_as.find(a);
  const auto right = spelled_as.find(b);
  return left != spelled_as.end() && right != spelled_as.end() && left->second == right->second;
}

capabilities parse_capabilities(std::string_view help, std::string_view version) {
  capabilities found;
  std::optional<entry> open;
  const auto close = [&] {
    if (open) record(found, *open);
    open.reset();
  };
  while (!help.empty()) {
    const auto end = std::min(help.find('\n'), help.size());
    const auto line = help.substr(0, end);
    help.remove_prefix(std::min(end + 1, help.size()));
    if (auto next = parse_opening(line)) {
      close();
      open = std::move(next);
    } else if (!line.empty() && line.front() != ' ') {
      close();  // a heading
    } else if (open && !trim(line).empty()) {
      open->description.emplace_back(trim(line));
    }
  }
  close();
  parse_version(found, version);
  return found;
}

}  // namespace rolecall::launcher
