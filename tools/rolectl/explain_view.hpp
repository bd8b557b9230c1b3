#pragma once

#include "launcher/command_line.hpp"
#include "registry/role_settings.hpp"
#include "tools/rolectl/screen.hpp"

#include <string>
#include <vector>

namespace rolecall::rolectl {

/// Everything that `rolectl explain` tells of one instance.
struct explanation {
  registry::role role;
  registry::instance instance;
  std::vector<registry::instance>
      siblings;  ///< the role's other instances, which differ in port and placement
  launcher::command_line command;
  registry::footprint footprint;
  std::vector<registry::setting> settings;
};

/// The command line with the reason beside each argument, environment, notices, footprint by part,
/// and every setting with its origin. Pure.
[[nodiscard]] std::string explain_text(const explanation& what, const screen& on);

/// The command line as one that a shell takes, environment included.
[[nodiscard]] std::string shell_text(const launcher::command_line& command);

}  // namespace rolecall::rolectl
