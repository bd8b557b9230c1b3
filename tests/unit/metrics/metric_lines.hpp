#pragma once

#include <string>
#include <string_view>

namespace rolecall::test {

/// Whether a text form has this very line.
inline bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

/// Whether it has any sample of this metric.
inline bool has_metric(const std::string& text, const std::string& name) {
  return text.find("\n" + name + "{") != std::string::npos ||
         text.find("\n" + name + " ") != std::string::npos;
}

}  // namespace rolecall::test
