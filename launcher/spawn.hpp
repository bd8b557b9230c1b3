#pragma once

#include <string>
#include <vector>

#include <boost/system/result.hpp>

#include <sys/types.h>

namespace rolecall::launcher {

/// Starts argv[0] (an absolute path) as the leader of a session and process group of its own:
/// standard input empty, output and error to `output`, no other descriptor of ours, no blocked and
/// no ignored signals. `environment` is the whole of it. Errors carry errno of fork or exec; a
/// failed start leaves no process behind. The caller reaps the child.
[[nodiscard]] boost::system::result<pid_t> spawn_child(const std::vector<std::string>& argv,
                                                       const std::vector<std::string>& environment,
                                                       int output);

}  // namespace rolecall::launcher
