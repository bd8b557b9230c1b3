#include "orchestrator/log_line.hpp"

#include <unistd.h>

namespace rolecall {
namespace {

bool on_terminal() {
  static const bool terminal = ::isatty(STDERR_FILENO) == 1;
  return terminal;
}

bool needs_quotes(std::string_view value) {
  return value.find_first_of(" \t\n\r\"=") != std::string_view::npos;
}

// Control characters would forge a second line, or colour the operator's terminal.
void append_quoted(std::string& text, std::string_view value) {
  text += '"';
  for (const char c : value) {
    if (c == '\n')
      text += "\\n";
    else if (c == '"' || c == '\\')
      (text += '\\') += c;
    else
      text += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
  }
  text += '"';
}

}  // namespace

log_line::log_line(priority level, std::string_view event) {
  if (!on_terminal()) ((text_ = "<") += static_cast<char>('0' + static_cast<int>(level))) += '>';
  text_ += event;
}

log_line::~log_line() {
  text_ += '\n';
  // One write, so that lines of several threads do not mix. Nothing can be done about a log that
  // cannot be written.
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, text_.data(), text_.size());
}

log_line& log_line::with(std::string_view key, std::string_view value) {
  if (value.empty()) return *this;
  ((text_ += ' ') += key) += '=';
  if (needs_quotes(value))
    append_quoted(text_, value);
  else
    text_ += value;
  return *this;
}

log_line& log_line::with(std::string_view key, std::int64_t value) {
  return with(key, std::to_string(value));
}

}  // namespace rolecall
