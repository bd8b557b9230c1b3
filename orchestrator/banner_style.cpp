#include "orchestrator/banner_style.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include <unistd.h>

namespace rolecall {
namespace {

constexpr std::size_t value_column = 12;

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view{} : std::string_view{value};
}

bool is_utf8(std::string_view locale) {
  std::string folded;
  for (const char c : locale)
    if (c != '-') folded += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return folded.find("utf8") != std::string::npos;
}

std::string_view escape_of(tone how) {
  switch (how) {
    case tone::plain:
      return "";
    case tone::good:
      return "\033[32m";
    case tone::doubtful:
      return "\033[33m";
    case tone::bad:
      return "\033[31m";
  }
  return "";
}

std::string_view mark_of(tone how) {
  switch (how) {
    case tone::plain:
      return "";
    case tone::good:
      return "✔ ";
    case tone::doubtful:
      return "⚠ ";
    case tone::bad:
      return "✘ ";
  }
  return "";
}

constexpr std::string_view bold = "\033[1m";
constexpr std::string_view dim = "\033[2m";
constexpr std::string_view reset = "\033[0m";

}  // namespace

banner_style style_for(bool is_terminal, const terminal_environment& environment) {
  const bool shows_more = is_terminal && environment.no_color.empty() &&
                          !environment.term.empty() && environment.term != "dumb";
  return {.colour = shows_more, .marks = shows_more && is_utf8(environment.locale)};
}

banner_style style_of(int descriptor) {
  std::string_view locale;
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (locale.empty()) locale = variable(name);
  return style_for(::isatty(descriptor) == 1,
                   {.no_color = variable("NO_COLOR"), .term = variable("TERM"), .locale = locale});
}

banner_lines& banner_lines::heading(std::string_view text) {
  if (style_.colour)
    text_.append(bold).append(text).append(reset) += '\n';
  else
    text_.append(text) += '\n';
  return *this;
}

banner_lines& banner_lines::line(std::string_view label, std::string_view value, tone how) {
  text_ += "  ";
  if (style_.colour) text_ += dim;
  text_ += label;
  if (style_.colour) text_ += reset;
  text_.append(label.size() + 3 < value_column ? value_column - label.size() - 2 : 1, ' ');
  append(value, how);
  return *this;
}

banner_lines& banner_lines::detail(std::string_view value, tone how, std::string_view before) {
  text_.append("    ").append(before);
  append(value, how);
  return *this;
}

void banner_lines::append(std::string_view value, tone how) {
  const bool is_coloured = style_.colour && how != tone::plain;
  if (is_coloured) text_ += escape_of(how);
  if (style_.marks) text_ += mark_of(how);
  std::ranges::copy_if(value, std::back_inserter(text_), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte != 0x7F;
  });
  if (is_coloured) text_ += reset;
  text_ += '\n';
}

}  // namespace rolecall
