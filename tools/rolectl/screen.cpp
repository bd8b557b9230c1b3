#include "tools/rolectl/screen.hpp"

#include "tools/rolectl/text_columns.hpp"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>

#include <sys/ioctl.h>
#include <unistd.h>

namespace rolecall::rolectl {
namespace {

std::string_view escape_of(look how) {
  switch (how) {
    case look::plain:
      return "";
    case look::dim:
      return "\033[2m";
    case look::bold:
      return "\033[1m";
    case look::good:
      return "\033[32m";
    case look::busy:
      return "\033[33m";
    case look::bad:
      return "\033[31m";
    case look::chosen:
      return "\033[7m";
  }
  return "";
}

/// Empty when it is not set.
std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

/// As setlocale(3) finds the locale of characters: the first variable that is set counts.
bool says_utf8() {
  for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string locale{variable(name)};
    if (locale.empty()) continue;
    std::ranges::transform(locale, locale.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80U; }

void spell_in_ascii(std::string& text) {
  replace_all(text, "→", "->");
  replace_all(text, "…", "...");
  replace_all(text, "×", "x");
  std::erase_if(text, is_continuation);
  std::ranges::replace_if(
      text, [](char c) { return !is_ascii(c); }, '?');
}

/// The control characters U+0080 to U+009F, some of which terminals obey.
void erase_c1(std::string& text) {
  constexpr char lead = '\xC2';
  constexpr unsigned char last = 0x9F;
  for (std::size_t at = 0; (at = text.find(lead, at)) != std::string::npos;)
    if (at + 1 < text.size() && is_continuation(text[at + 1]) &&
        static_cast<unsigned char>(text[at + 1]) <= last)
      text.erase(at, 2);
    else
      ++at;
}

}  // namespace

screen screen_of(int descriptor) {
  screen result;
  result.is_terminal = ::isatty(descriptor) == 1;
  if (!result.is_terminal) return result;
  result.draws = variable("TERM") != "dumb";
  result.colour = variable("NO_COLOR").empty() && result.draws;
  result.ascii = !says_utf8();
  winsize size{};
  if (::ioctl(descriptor, TIOCGWINSZ, &size) == 0) {
    result.width = size.ws_col;
    result.height = size.ws_row;
  }
  return result;
}

std::string painted(std::string_view text, look how, const screen& on) {
  if (!on.colour || how == look::plain || text.empty()) return std::string{text};
  return std::string{escape_of(how)}.append(text).append("\033[0m");
}

std::string tame(std::string_view text, const screen& on) {
  std::string result{text};
  if (!on.is_terminal) return result;
  std::erase_if(result, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr unsigned char first_printable = 0x20;
    constexpr unsigned char rubout = 0x7F;
    return (byte < first_printable && c != '\n' && c != '\t') || byte == rubout;
  });
  if (on.ascii)
    spell_in_ascii(result);
  else
    erase_c1(result);
  return result;
}

std::string tame_line(std::string_view text, const screen& on) {
  auto result = tame(text.substr(0, text.find('\n')), on);
  std::ranges::replace(result, '\t', ' ');
  return result;
}

std::string_view cut(std::string_view text, const screen& on) {
  return on.width == 0 ? text : first_columns(text, static_cast<std::size_t>(on.width));
}

// Each line is erased before it is written, not behind its end: a cursor that has filled the last
// column still stands on it.

std::string redrawn(std::string_view text, const screen& on) {
  std::string frame = "\033[H";
  // The cursor rests on the line after the last.
  for (int line = 1; !text.empty() && (on.height == 0 || line < on.height); ++line) {
    const auto end = text.find('\n');
    frame.append("\033[K").append(text.substr(0, end)).append("\n");
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return frame + "\033[J";
}

std::string redrawn(const std::vector<std::string>& lines, const screen& on) {
  const auto fitting = on.height == 0 ? lines.size() : static_cast<std::size_t>(on.height);
  std::string frame = "\033[H";
  for (std::size_t i = 0; i < lines.size() && i < fitting; ++i)
    frame.append(i == 0 ? "\033[K" : "\r\n\033[K").append(lines[i]);
  return lines.size() < fitting ? frame + "\r\n\033[J" : frame;
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(descriptor, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace rolecall::rolectl
