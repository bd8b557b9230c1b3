#pragma once

#include "launcher/host_load.hpp"
#include "launcher/node_memory.hpp"
#include "launcher/process_usage.hpp"

#include <cstdint>
#include <optional>
#include <vector>

// What the background tells about children, the host and the daemon, and the catalogue takes: plain
// values. Seconds and bytes unless said otherwise; totals only grow, until what they count is
// replaced.

namespace rolecall::metrics {

// What the kernel tells is defined where it is read.
using launcher::cpu_seconds;
using launcher::load_averages;
using launcher::node_memory;
using launcher::node_share;
using launcher::process_usage;
using launcher::stalled_seconds;

/// What a child's own `/metrics` said. Totals begin with the process; one that its version does not
/// tell is 0.
struct engine_sample {
  std::uint64_t prompt_tokens = 0;     ///< computed, without those taken from a cache
  std::uint64_t cached_tokens = 0;     ///< of prompts, taken from a cache
  std::uint64_t predicted_tokens = 0;  ///< generated
  std::uint64_t decodes = 0;           ///< calls of llama_decode()
  std::uint64_t draft_tokens = 0;
  std::uint64_t accepted_tokens = 0;  ///< of the drafted ones
  double prompt_seconds = 0;
  double predicted_seconds = 0;
  unsigned processing = 0;  ///< slots that are busy now
  unsigned deferred = 0;    ///< requests that wait for a slot now

  bool operator==(const engine_sample&) const = default;
};

struct disk_space {
  std::uint64_t bytes = 0;
  std::uint64_t free = 0;  ///< for those who are not root

  bool operator==(const disk_space&) const = default;
};

/// What the host does not tell is absent.
struct host_sample {
  std::uint64_t memory_bytes = 0;                          ///< MemTotal; 0: not told
  std::optional<std::uint64_t> page_cache = std::nullopt;  ///< of files, tmpfs apart
  stalled_seconds cpu_stalled;
  stalled_seconds memory_stalled;
  stalled_seconds io_stalled;
  std::vector<node_memory> nodes;  ///< ascending
  std::optional<load_averages> load = std::nullopt;
  std::optional<cpu_seconds> cpu = std::nullopt;
  std::optional<disk_space> state_disk = std::nullopt;  ///< the file system that state_dir is on
  std::optional<disk_space> log_disk = std::nullopt;    ///< likewise log_dir

  bool operator==(const host_sample&) const = default;
};

/// This process.
struct daemon_usage {
  unsigned open_descriptors = 0;
  std::optional<std::uint64_t> descriptor_limit = std::nullopt;  ///< absent: none
  double user_seconds = 0;
  double system_seconds = 0;
  std::uint64_t resident_bytes = 0;

  bool operator==(const daemon_usage&) const = default;
};

}  // namespace rolecall::metrics
