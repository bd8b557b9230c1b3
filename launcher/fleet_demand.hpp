#pragma once

#include "registry/registry.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace rolecall::launcher {

using registry::byte_count;

/// A port that somebody of ours will listen on.
struct wanted_port {
  std::uint16_t port = 0;
  std::string user;           ///< "instance coder-1", "the front door"
  std::filesystem::path log;  ///< of the instance; empty for a door of rolecalld
};

/// A directory of the registry.
struct wanted_directory {
  std::string key;  ///< "model_dirs", "state_dir", "log_dir"
  std::filesystem::path path;
  byte_count bytes = 0;  ///< what will be written there at most; 0: it is only read
};

/// What the registry asks of a host's limits, apart from memory for models.
struct fleet_demand {
  std::vector<std::string> locking_roles;  ///< whose load_mode locks their memory
  std::vector<std::string> placed_roles;   ///< with a NUMA policy
  std::vector<std::string> limited_roles;  ///< with `cgroup`
  std::vector<wanted_port> ports;
  std::vector<wanted_directory> directories;
  std::vector<std::filesystem::path> engines;  ///< as the registry names them, each once
  byte_count budget = 0;                       ///< of memory
  std::uint64_t descriptors = 0;               ///< that rolecalld may have open at once
  std::uint64_t threads = 0;                   ///< of rolecalld and of all instances together
};

/// Pure. `budget` as the registry's check found it; `cores`: physical ones, for roles that leave
/// their number of threads to the host.
[[nodiscard]] fleet_demand demand_of(const registry::model_registry& registry, byte_count budget,
                                     int cores);

}  // namespace rolecall::launcher
