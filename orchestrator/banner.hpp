#pragma once

#include "launcher/topology.hpp"
#include "orchestrator/fleet_plan.hpp"

#include <iosfwd>
#include <string>
#include <vector>

namespace rolecall {

struct banner_facts {
  std::string version;
  std::string engine;  ///< version text of the host's llama-server, or why there is none
  std::vector<std::string> listen;  ///< as URLs, the roles' doors with their roles
  std::vector<std::string> admin;
};

/// What an operator wants to see before the first request: version, engine, registry, budget,
/// roles, doors. Plain text, a few lines, independent of the log.
void print_banner(std::ostream& out, const banner_facts& facts, const fleet_plan& plan,
                  const launcher::topology& host);

}  // namespace rolecall
