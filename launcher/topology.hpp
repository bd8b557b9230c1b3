#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

#include "registry/registry.hpp"

namespace rolecall::launcher {

struct numa_node {
  int id = 0;
  std::vector<int> cpus;                 ///< logical CPUs, ascending
  registry::byte_count memory_total = 0;

  bool operator==(const numa_node&) const = default;
};

/// The host as sysfs and /proc tell it. Pure: built from text, so that any machine can be tested on any other.
struct topology {
  std::vector<numa_node> nodes;          ///< ascending by id; at least one
  std::map<int, int> core_of;            ///< logical CPU → lowest logical CPU of its physical core
  std::vector<int> allowed_cpus;         ///< this process's affinity
  registry::byte_count memory_total = 0; ///< MemTotal
  bool memory_policy_allowed = true;     ///< set_mempolicy permitted (often not in containers)
  bool has_numactl = true;

  /// Physical cores among `cpus`.
  [[nodiscard]] int physical_cores(const std::vector<int>& cpus) const;
};

/// "0-3,8,10-11" → {0,1,2,3,8,10,11}. Errors name the text.
[[nodiscard]] boost::system::result<std::vector<int>, std::string> parse_cpu_list(std::string_view text);
/// The inverse, shortest form.
[[nodiscard]] std::string format_cpu_list(const std::vector<int>& cpus);

/// Reads a host below `root` ("/" for this one; a recorded tree in tests).
[[nodiscard]] topology read_topology(const std::filesystem::path& root);

}  // namespace rolecall::launcher
