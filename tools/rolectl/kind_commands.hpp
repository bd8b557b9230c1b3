#pragma once

#include "registry/registry.hpp"

#include <string>
#include <vector>

namespace rolecall::rolectl {

/// How one kind of model is run: the command line of a role of that kind.
struct kind_command {
  std::string kind;  ///< "dense, with a draft and n-gram lookup"
  std::string role;
  std::string line;  ///< for a shell, over several lines; or why there is none
};

/// One for each kind of role that the registry has, in registry order. No file and no engine is
/// looked at: models are taken for what their names and override keys say, the engine for
/// llama-server 0.7.0 and the host for two nodes of 48 cores each, so that the lines are the same
/// everywhere.
[[nodiscard]] std::vector<kind_command> kind_commands(const registry::model_registry& all);

}  // namespace rolecall::rolectl
