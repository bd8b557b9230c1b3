#pragma once

#include "launcher/argument_list.hpp"
#include "launcher/topology.hpp"
#include "registry/registry.hpp"

namespace rolecall::launcher {

/// Puts the wrapper that sets CPUs and memory policy (numactl; taskset where numactl may not work)
/// in front, and returns the CPUs that the process will be able to use. An empty answer goes with a
/// refusal. Refuses nodes and CPUs that the host lacks, and a memory policy without numactl
/// installed.
[[nodiscard]] std::vector<int> add_placement(argument_list& arguments, const registry::role& role,
                                             const topology& host);

/// Threads for a process on `cpus`: as the role says, or as many as there are physical cores (SMT
/// threads cost throughput). Never more than CPUs: a thread too many makes every other wait for it
/// at each barrier.
[[nodiscard]] int threads_for(argument_list& arguments, const registry::role& role,
                              const topology& host, const std::vector<int>& cpus);

}  // namespace rolecall::launcher
