#pragma once

#include "launcher/fleet_demand.hpp"
#include "launcher/host_assessment.hpp"
#include "launcher/topology.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rolecall::launcher {

/// Room in a directory, or in its nearest parent when it does not exist.
struct directory_room {
  wanted_directory wanted;
  bool exists = false;
  /// To rolecalld's user; nullopt: this one cannot tell.
  std::optional<bool> readable;
  std::optional<bool> writable;
  byte_count used = 0;  ///< by the files in it, for one that is written to
  std::optional<byte_count> free;
  std::optional<std::uint64_t> free_inodes;  ///< nullopt: unknown, or a file system without a limit
};

/// Who listens on a wanted port.
struct held_port {
  wanted_port wanted;
  bool ours = false;       ///< rolecalld itself, or a process that writes the instance's log
  bool is_hidden = false;  ///< it may be ours: this user cannot tell, rolecalld's could
  std::string holder;      ///< "port 8081 is taken by pid 1234 (nginx)"; empty: nobody
};

struct engine_state {
  std::filesystem::path name;
  std::string version;
  std::string problem;  ///< empty: it runs
};

/// A host's limits as they are: values, so that every one can be tried in a test. What a host does
/// not tell is absent.
struct host_limits {
  struct limit {
    std::optional<std::uint64_t> most;  ///< nullopt: unlimited
  };

  /// The rolecalld that runs already: limits of processes are then its own, else those of this one.
  std::optional<int> daemon;
  bool of_shell = false;  ///< those of a shell, then: rolecalld's unit may set others
  std::string user;       ///< rolecalld's, when this process is of another one
  host_assessment host;
  topology shape;
  std::optional<limit> memlock;     ///< bytes
  std::optional<limit> open_files;  ///< the hard limit, up to which rolecalld raises its own
  std::optional<limit> processes;   ///< of this user, threads included; absent for root
  std::optional<limit> tasks;       ///< the tightest pids.max of its cgroups
  std::optional<byte_count> swap;
  std::optional<int> swappiness;
  std::optional<int> overcommit;
  std::optional<byte_count> commit_limit;  ///< for everybody together
  std::optional<bool> clock_synchronised;
  std::vector<directory_room> directories;
  std::vector<held_port> ports;
  std::vector<engine_state> engines;
};

enum class verdict {
  fine,
  costs,    ///< speed, or comfort
  bites,    ///< something will fail
  unknown,  ///< to this user; rolecalld's could tell
};
/// "ok", "costs", "bites", "unknown".
[[nodiscard]] const char* to_string(verdict value) noexcept;

struct limit_finding {
  std::string check;  ///< "memlock", "open files" …
  verdict result = verdict::fine;
  std::string finding;
  std::string remedy;  ///< empty when it is fine
};

/// Pure. One finding for each check that can be made, in a fixed order.
[[nodiscard]] std::vector<limit_finding> judge(const host_limits& limits,
                                               const fleet_demand& demand);

/// Whose port is asked, whose verdict it would be, and whether engines are run: rolectl wants to
/// know, a daemon that starts finds out by itself.
enum class depth { quick, thorough };

/// Reads below `root` ("/" for this host; a recorded tree in tests, where limits of this process,
/// ports and engines are left out). Blocking; thorough takes a second for each engine. Never fails.
[[nodiscard]] host_limits read_host_limits(const std::filesystem::path& root,
                                           const fleet_demand& demand, depth how);

}  // namespace rolecall::launcher
