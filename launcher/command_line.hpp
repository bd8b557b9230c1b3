#pragma once

#include "launcher/capabilities.hpp"
#include "launcher/topology.hpp"
#include "registry/check.hpp"

#include <map>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall::launcher {

/// One flag with its values, and why it is there (shown by `rolectl explain`).
struct argument {
  std::vector<std::string> words;
  std::string reason;
};

/// Exactly what is executed. `words()` is argv; argv[0] is numactl when a policy applies.
struct command_line {
  std::vector<argument> arguments;
  std::map<std::string, std::string> environment;  ///< added to the daemon's own
  std::vector<std::string> notices;  ///< what could not be done as asked, for the log and `explain`

  [[nodiscard]] std::vector<std::string> words() const;
};

/// Pure. The error names role, flag and binary, and what to do.
/// Never speculates on recurrent, vision or embedding models, whatever the registry or extra_args
/// say.
[[nodiscard]] boost::system::result<command_line, std::string> build_command_line(
    const registry::deployment& deployment, const registry::instance& instance,
    const topology& host, const capabilities& binary);

}  // namespace rolecall::launcher
