#pragma once

#include "registry/registry.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall::launcher {

struct numa_node {
  int id = 0;
  std::vector<int> cpus;  ///< logical CPUs, ascending
  registry::byte_count memory_total = 0;

  bool operator==(const numa_node&) const = default;
};

/// The host as sysfs and /proc tell it: values that any machine can hold of any other, so that
/// tests need no big host.
struct topology {
  std::vector<numa_node> nodes;   ///< ascending by id; at least one
  std::map<int, int> core_of;     ///< logical CPU → lowest logical CPU of its physical core
  std::vector<int> allowed_cpus;  ///< this process's affinity, ascending
  std::vector<int>
      allowed_nodes;  ///< nodes whose memory this process's cpuset lets it use, ascending
  registry::byte_count memory_total = 0;  ///< MemTotal
  bool memory_policy_allowed = true;      ///< set_mempolicy permitted (often not in containers)
  std::filesystem::path numactl;          ///< absolute; empty when it is not installed
  std::filesystem::path taskset;          ///< likewise
  /// The control group that instances get groups of their own in; empty: there is none. Not read:
  /// rolecalld is told it.
  std::filesystem::path instances_cgroup;
  std::optional<registry::byte_count> lockable_memory;  ///< RLIMIT_MEMLOCK; nullopt when unlimited

  /// Physical cores among `cpus`.
  [[nodiscard]] int physical_cores(const std::vector<int>& cpus) const;
  /// nullptr when the host has no such node.
  [[nodiscard]] const numa_node* find_node(int id) const noexcept;
};

/// "0-3,8,10-11" → {0,1,2,3,8,10,11}, ascending, each once. Errors name the text.
[[nodiscard]] boost::system::result<std::vector<int>, std::string> parse_cpu_list(
    std::string_view text);
/// The inverse for ascending numbers, shortest form.
[[nodiscard]] std::string format_cpu_list(const std::vector<int>& cpus);

/// Reads a host below `root` ("/" for this one; a recorded tree in tests). What a tree does not
/// tell is assumed as a plain host has it: one node, no SMT, every CPU and node allowed. Blocking,
/// a few hundred small files.
[[nodiscard]] topology read_topology(const std::filesystem::path& root);

}  // namespace rolecall::launcher
