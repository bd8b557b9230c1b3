#pragma once

#include "launcher/host_memory.hpp"
#include "launcher/topology.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::launcher {

/// A NUMA node as an operator looks at it.
struct node_assessment {
  int id = 0;
  std::vector<int> cpus;
  byte_count memory_total = 0;
  byte_count memory_free = 0;
  std::vector<int> distances;  ///< to each node, in the order of ids; 10 is local
};

/// Room where a directory of the registry lies.
struct storage_assessment {
  std::string purpose;  ///< "model_dirs", "state_dir", "log_dir"; empty for the root
  std::filesystem::path path;
  bool exists = true;  ///< otherwise the figures are those of its nearest parent
  std::optional<byte_count> total;
  std::optional<byte_count> available;  ///< to users without privileges
  std::string file_system;              ///< "ext4"; empty when it is not known
  std::optional<bool> rotational;
};

/// A directory to look at, and what it is for.
struct directory {
  std::string purpose;
  std::filesystem::path path;
};

/// What the field guide assesses, and the settings of a kernel that decide how fast large
/// models run. What a host does not tell is absent, empty or 0.
struct host_assessment {
  host_memory memory;
  std::string cpu_model;
  int logical_cpus = 0;
  int physical_cores = 0;
  std::vector<std::string> avx512;  ///< kinds, sorted: avx512_bf16, avx512f …
  bool flags_known = false;         ///< the CPU's flags could be read
  std::vector<node_assessment> nodes;
  std::vector<storage_assessment> storage;

  struct memlock_limit {
    std::optional<byte_count> bytes;  ///< nullopt: unlimited
  };
  std::optional<memlock_limit> memlock;
  std::string transparent_huge_pages;  ///< always, madvise or never
  std::optional<bool> numa_balancing;
  std::vector<std::string> governors;  ///< of all CPUs, each once
};

/// Something that costs speed or fails late, and what to do about it.
struct host_warning {
  std::string what;
  std::string remedy;
};

/// Reads a host below `root` ("/" for this one; a recorded tree in tests). Blocking, some hundred
/// small files. Never fails.
[[nodiscard]] host_assessment assess_host(const std::filesystem::path& root,
                                          const std::vector<directory>& directories);

/// Pure.
[[nodiscard]] std::vector<host_warning> warnings_of(const host_assessment& host);

// Pure parts of the reading.

/// Kinds of AVX-512 in the first "flags" line of /proc/cpuinfo, sorted; nullopt without such a
/// line.
[[nodiscard]] std::optional<std::vector<std::string>> parse_avx512(std::string_view cpuinfo);
/// "always [madvise] never" → "madvise"; empty when nothing is chosen.
[[nodiscard]] std::string_view chosen_word(std::string_view text) noexcept;
/// The soft limit of "Max locked memory" in /proc/self/limits.
[[nodiscard]] std::optional<host_assessment::memlock_limit> parse_memlock(std::string_view limits);

/// The mount that holds a path.
struct mount {
  std::string device;  ///< "259:2"
  std::filesystem::path point;
  std::string file_system;
  std::string source;  ///< "/dev/nvme0n1p2"
};
/// The mount of /proc/self/mountinfo whose point is the longest beginning of `path`.
[[nodiscard]] std::optional<mount> find_mount(std::string_view mountinfo,
                                              const std::filesystem::path& path);

}  // namespace rolecall::launcher
