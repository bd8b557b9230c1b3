#pragma once

#include "registry/diagnostic.hpp"
#include "registry/registry.hpp"

#include <filesystem>
#include <optional>
#include <string_view>

namespace rolecall::registry {

struct read_result {
  std::optional<model_registry> value;  ///< present only when no diagnostic is an error
  diagnostics notes;                    ///< all of them at once, in the order of the text
  /// What could be read of a wrong text: for check_offline, which looks for further errors in it.
  std::optional<model_registry> attempt = std::nullopt;
};

/// Reads a registry from YAML text. `file` names it in diagnostics and resolves relative paths in
/// it.
[[nodiscard]] read_result read(std::string_view text, const std::filesystem::path& file);

/// Reads a file. A file that cannot be opened is a diagnostic on line 0.
[[nodiscard]] read_result read_file(const std::filesystem::path& file);

/// `given` unless empty; else $ROLECALL_REGISTRY, ./model_registry.yaml,
/// /etc/rolecall/model_registry.yaml: the variable's even if there is no such file, then the first
/// that exists, else the last.
[[nodiscard]] std::filesystem::path find_file(const std::filesystem::path& given);

}  // namespace rolecall::registry
