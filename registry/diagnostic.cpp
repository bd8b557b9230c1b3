#include "registry/diagnostic.hpp"

#include <algorithm>
#include <utility>

namespace rolecall::registry {

std::string to_string(const diagnostic& d) {
  std::string text = d.file;
  if (d.line > 0) text += ":" + std::to_string(d.line);
  if (d.line > 0 && d.column > 0) text += ":" + std::to_string(d.column);
  switch (d.level) {
    case diagnostic::severity::error:
      text += ": error: ";
      break;
    case diagnostic::severity::warning:
      text += ": warning: ";
      break;
  }
  return text + d.message;
}

void in_text_order(diagnostics& list) {
  std::stable_sort(list.begin(), list.end(), [](const diagnostic& a, const diagnostic& b) {
    return std::pair{a.line, a.column} < std::pair{b.line, b.column};
  });
}

bool has_errors(const diagnostics& list) noexcept {
  return std::any_of(list.begin(), list.end(),
                     [](const diagnostic& d) { return d.level == diagnostic::severity::error; });
}

}  // namespace rolecall::registry
