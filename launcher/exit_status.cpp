#include "launcher/exit_status.hpp"

#include <cstring>

namespace rolecall::launcher {

std::string to_string(exit_status status) {
  if (status.unknown) return "exit status unknown (adopted, no child of this daemon)";
  if (status.signal == 0) return "exit code " + std::to_string(status.code);
  const char* name = ::sigabbrev_np(status.signal);
  return "signal " + std::to_string(status.signal) +
         (name == nullptr ? "" : std::string(" (SIG") + name + ")");
}

}  // namespace rolecall::launcher
