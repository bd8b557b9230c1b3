#pragma once

#include <string>
#include <vector>

namespace rolecall::registry {

/// What a reader or a rule has to say about a place in the registry.
struct diagnostic {
  enum class severity { error, warning };

  severity level = severity::error;
  std::string file;
  int line = 0;    ///< 1-based; 0 when the file as a whole is meant
  int column = 0;  ///< 1-based; 0 when the line as a whole is meant
  std::string message;

  bool operator==(const diagnostic&) const = default;
};

using diagnostics = std::vector<diagnostic>;

/// `file:line:column: error: message`, the form that editors jump to.
[[nodiscard]] std::string to_string(const diagnostic& d);

/// By line, then column; what stands at one place keeps its order.
void in_text_order(diagnostics& list);

[[nodiscard]] bool has_errors(const diagnostics& list) noexcept;

}  // namespace rolecall::registry
