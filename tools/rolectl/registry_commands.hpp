#pragma once

#include "tools/rolectl/exit_code.hpp"

#include <filesystem>
#include <string>

namespace rolecall::rolectl {

// Commands that read the registry and this host, and need no daemon.

struct check_options {
  std::filesystem::path file;  ///< empty: found as rolecalld finds it
  bool offline = false;        ///< leaves out what needs the model files
};
/// Prints every diagnostic on stderr and a closing line.
exit_code run_check(const check_options& options);

struct explain_options {
  std::filesystem::path registry;
  std::string name;    ///< a role, an alias or an instance
  bool shell = false;  ///< only the command line, for a shell
};
exit_code run_explain(const explain_options& options);

/// Prints the registry's JSON Schema.
exit_code run_schema();

}  // namespace rolecall::rolectl
