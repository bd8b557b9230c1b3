#pragma once

#include <map>
#include <string>
#include <vector>

namespace rolecall::launcher {

/// The environment of a child: `own` ("NAME=value") less what must not reach it, with `added` on
/// top. llama-server reads LLAMA_ARG_* and LLAMA_API_KEY as if they were flags, so that one left in
/// the daemon's environment would silently change every role; systemd's NOTIFY_SOCKET, WATCHDOG_*
/// and LISTEN_* speak to the daemon alone.
[[nodiscard]] std::vector<std::string> child_environment(
    const std::vector<std::string>& own, const std::map<std::string, std::string>& added);

/// This process's own, as child_environment takes it.
[[nodiscard]] std::vector<std::string> own_environment();

}  // namespace rolecall::launcher
