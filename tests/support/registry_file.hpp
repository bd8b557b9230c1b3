#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace rolecall::test {

/// A registry on disk for a daemon under test: doors on ports the system chooses, state and logs
/// beside it.
struct registry_file {
  std::filesystem::path folder;  ///< gets model_registry.yaml, state/ and logs/
  std::filesystem::path llama_server;
  std::filesystem::path model_dir;
  std::string budget = "4GiB";
  std::string host = {};  ///< further lines of `host:`, indented by two
  std::string models;     ///< lines of `models:`, indented by two
  std::string roles;      ///< lines of `roles:`, indented by two; `@` stands for a free port

  /// Writes it and returns its path.
  [[nodiscard]] std::filesystem::path write() const;
};

/// Replaces each `@` by a free port.
[[nodiscard]] std::string with_free_ports(std::string_view text);

}  // namespace rolecall::test
