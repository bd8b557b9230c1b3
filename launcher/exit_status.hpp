#pragma once

#include <string>

namespace rolecall::launcher {

struct exit_status {
  int code = 0;          ///< exit code; meaningful when signal is 0
  int signal = 0;        ///< terminating signal, 0 for a normal exit
  bool unknown = false;  ///< somebody else's child: the kernel tells its status to nobody here

  bool operator==(const exit_status&) const = default;
};

/// "exit code 1", "signal 9 (SIGKILL)", "exit status unknown …".
[[nodiscard]] std::string to_string(exit_status status);

}  // namespace rolecall::launcher
