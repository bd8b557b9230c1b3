#pragma once

#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace rolecall {

/// What rolecalld's command line and environment say.
struct daemon_options {
  std::filesystem::path registry;   ///< empty: the first of the usual places
  std::filesystem::path cgroup;     ///< empty: none
  std::string log_format = "text";  ///< or "json"
  std::string log_level;            ///< as parse_log_levels() reads it; empty: info
  bool check = false;
  bool offline = false;
};

/// Makes `app` rolecalld's command line, with its description and version: what parses it, and what
/// the manual page is made from. `options` outlives `app`.
void define(CLI::App& app, daemon_options& options);

}  // namespace rolecall
