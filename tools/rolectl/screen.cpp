#include "tools/rolectl/screen.hpp"

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
  }
  return "";
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

screen screen_of(int descriptor) {
  screen result;
  result.is_terminal = ::isatty(descriptor) == 1;
  if (!result.is_terminal) return result;
  const char* kind = std::getenv("TERM");
  const bool dumb = kind != nullptr && std::string_view{kind} == "dumb";
  result.colour = !is_set("NO_COLOR") && !dumb;
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
  return result;
}

std::string redrawn(std::string_view text, const screen& on) {
  std::string frame = "\033[H";
  // The cursor rests on the line after the last.
  for (int line = 1; !text.empty() && (on.height == 0 || line < on.height); ++line) {
    const auto end = text.find('\n');
    frame.append(text.substr(0, end)).append("\033[K\n");
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return frame + "\033[J";
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
