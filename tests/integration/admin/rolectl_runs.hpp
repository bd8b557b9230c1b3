#pragma once

#include "tests/integration/admin/admin_door.hpp"
#include "tests/support/running_daemon.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace rolecall::test {

/// rolectl in an environment where no daemon and no registry is found by chance.
inline program_result run_rolectl(std::vector<std::string> arguments,
                                  std::vector<std::string> environment = {}) {
  arguments.insert(arguments.begin(), ROLECTL);
  environment.insert(environment.begin(),
                     {"ROLECALL_ADMIN=127.0.0.1:1", "ROLECALL_REGISTRY=/nonexistent.yaml"});
  std::ranges::reverse(environment);  // the first of a name counts
  return run(arguments, environment);
}

inline std::string address_of(const admin_door& door) {
  return "127.0.0.1:" + std::to_string(door.port());
}

inline program_result rolectl_at(const admin_door& door, std::vector<std::string> arguments) {
  arguments.insert(arguments.end(), {"--admin", address_of(door)});
  return run_rolectl(std::move(arguments));
}

}  // namespace rolecall::test
