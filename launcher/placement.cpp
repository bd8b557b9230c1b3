#include "launcher/placement.hpp"

#include "registry/words.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <utility>

namespace rolecall::launcher {
namespace {

using registry::numa_policy;

std::vector<int> ids_of(const std::vector<numa_node>& nodes) {
  std::vector<int> ids;
  for (const auto& node : nodes) ids.push_back(node.id);
  return ids;
}

std::vector<int> intersection(const std::vector<int>& a, const std::vector<int>& b) {
  std::vector<int> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return both;
}

std::vector<int> difference(const std::vector<int>& a, const std::vector<int>& b) {
  std::vector<int> rest;
  std::ranges::set_difference(a, b, std::back_inserter(rest));
  return rest;
}

/// The nodes that numa.nodes names; empty after a refusal.
std::vector<int> wanted_nodes(argument_list& arguments, const registry::numa_placement& numa,
                              const topology& host) {
  const auto present = ids_of(host.nodes);
  if (numa.nodes == "all") return present;
  const auto wanted = parse_cpu_list(numa.nodes);
  if (!wanted) {
    arguments.refuse("numa.nodes: " + wanted.error() + ", or all");
    return {};
  }
  if (const auto missing = difference(*wanted, present); !missing.empty()) {
    arguments.refuse("numa.nodes " + numa.nodes + ": this host has no node " +
                     format_cpu_list(missing) + ", its nodes are " + format_cpu_list(present));
    return {};
  }
  if (const auto barred = difference(*wanted, host.allowed_nodes);
      !barred.empty() && numa.policy != numa_policy::none) {
    arguments.refuse("numa.nodes " + numa.nodes + ": the memory of node " +
                     format_cpu_list(barred) + " is not in this process's cpuset, which has " +
                     format_cpu_list(host.allowed_nodes));
    return {};
  }
  return *wanted;
}

/// The CPUs of the placement, whether or not this process may use them; empty after a refusal.
std::vector<int> wanted_cpus(argument_list& arguments, const registry::numa_placement& numa,
                             const topology& host, const std::vector<int>& nodes) {
  std::vector<int> present;
  std::vector<int> in_nodes;
  for (const auto& node : host.nodes) {
    std::ranges::copy(node.cpus, std::back_inserter(present));
    if (std::ranges::find(nodes, node.id) != nodes.end())
      std::ranges::copy(node.cpus, std::back_inserter(in_nodes));
  }
  std::ranges::sort(present);
  std::ranges::sort(in_nodes);
  if (numa.cpus.empty()) {
    if (in_nodes.empty())
      arguments.refuse("numa.nodes " + numa.nodes +
                       " have memory but no CPUs: name some in numa.cpus");
    return in_nodes;
  }
  const auto wanted = parse_cpu_list(numa.cpus);
  if (!wanted) {
    arguments.refuse("numa.cpus: " + wanted.error());
    return {};
  }
  if (const auto missing = difference(*wanted, present); !missing.empty()) {
    arguments.refuse("numa.cpus " + numa.cpus + ": this host has no CPU " +
                     format_cpu_list(missing) + ", its CPUs are " + format_cpu_list(present));
    return {};
  }
  return *wanted;
}

/// numactl's words for the memory policy; empty for none or after a refusal.
std::vector<std::string> policy_words(argument_list& arguments,
                                      const registry::numa_placement& numa,
                                      const std::vector<int>& nodes) {
  switch (numa.policy) {
    case numa_policy::none:
      return {};
    case numa_policy::interleave:
      return {"--interleave=" + numa.nodes};
    case numa_policy::membind:
      return {"--membind=" + numa.nodes};
    case numa_policy::preferred:
      if (nodes.size() == 1) return {"--preferred=" + std::to_string(nodes.front())};
      arguments.refuse("numa.policy preferred takes one node, and numa.nodes " + numa.nodes +
                       " are " + std::to_string(nodes.size()) + ": name one, or use interleave");
      return {};
  }
  return {};
}

/// Which CPUs, in numactl's words: empty when every CPU of the host will do.
std::vector<std::string> cpu_words(const registry::numa_placement& numa,
                                   const std::vector<int>& usable) {
  if (!numa.cpus.empty()) return {"--physcpubind=" + format_cpu_list(usable)};
  if (numa.nodes != "all") return {"--cpunodebind=" + numa.nodes};
  return {};
}

std::string reason_for(const registry::numa_placement& numa) {
  std::string reason;
  switch (numa.policy) {
    case numa_policy::none:
      break;
    case numa_policy::interleave:
      reason = "numa.policy interleave: pages in turn over nodes " + numa.nodes +
               ", so that a large model is read at the bandwidth of all of them";
      break;
    case numa_policy::preferred:
      reason = "numa.policy preferred: memory of node " + numa.nodes + " first";
      break;
    case numa_policy::membind:
      reason = "numa.policy membind: memory of nodes " + numa.nodes + " alone";
      break;
  }
  if (numa.cpus.empty() && numa.nodes == "all") return reason;
  if (!reason.empty()) reason += "; ";
  return reason + (numa.cpus.empty() ? "threads on the CPUs of nodes " + numa.nodes
                                     : "threads on CPUs " + numa.cpus);
}

// Where memory policies are forbidden numactl refuses to start at all; affinity still works through
// taskset.
void add_affinity_alone(argument_list& arguments, const registry::numa_placement& numa,
                        const topology& host, const std::vector<int>& usable) {
  if (numa.policy != numa_policy::none)
    arguments.notice("numa.policy " + std::string(registry::name_of(numa.policy)) +
                     " is not applied: this process may not set a memory policy (in a container it "
                     "needs CAP_SYS_NICE)");
  if (numa.cpus.empty() && numa.nodes == "all") return;
  if (host.taskset.empty()) {
    arguments.notice("threads are not bound to CPUs " + format_cpu_list(usable) +
                     ": neither numactl nor taskset can be used (apt-get install util-linux)");
    return;
  }
  arguments.add({host.taskset.string(), "--cpu-list", format_cpu_list(usable)},
                "threads on the CPUs of the placement; numactl does not work here");
}

}  // namespace

std::vector<int> add_placement(argument_list& arguments, const registry::role& role,
                               const topology& host) {
  const auto& numa = role.numa;
  const auto nodes = wanted_nodes(arguments, numa, host);
  if (nodes.empty()) return {};
  const auto wanted = wanted_cpus(arguments, numa, host, nodes);
  if (wanted.empty()) return {};
  auto usable = intersection(wanted, host.allowed_cpus);
  if (usable.empty()) {
    arguments.refuse("this process may not use any of CPUs " + format_cpu_list(wanted) + ", only " +
                     format_cpu_list(host.allowed_cpus));
    return {};
  }
  if (!numa.cpus.empty() && usable.size() < wanted.size())
    arguments.notice("numa.cpus " + numa.cpus + ": only " + format_cpu_list(usable) +
                     " may be used by this process");

  auto words = policy_words(arguments, numa, nodes);
  std::ranges::move(cpu_words(numa, usable), std::back_inserter(words));
  const bool numactl_works = host.memory_policy_allowed && !host.numactl.empty();
  if (words.empty()) return usable;
  if (numactl_works) {
    words.insert(words.begin(), host.numactl.string());
    arguments.add(std::move(words), reason_for(numa));
  } else if (host.memory_policy_allowed && numa.policy != numa_policy::none) {
    arguments.refuse("numactl is not installed, and numa.policy is " +
                     std::string(registry::name_of(numa.policy)) +
                     ": apt-get install numactl, or set numa: {policy: none}");
  } else {
    add_affinity_alone(arguments, numa, host, usable);
  }
  return usable;
}

int threads_for(argument_list& arguments, const registry::role& role, const topology& host,
                const std::vector<int>& cpus) {
  const auto available = static_cast<int>(cpus.size());
  if (role.threads == 0) return host.physical_cores(cpus);
  if (role.threads > available)
    arguments.notice("threads " + std::to_string(role.threads) + " is cut to " +
                     std::to_string(available) +
                     ", the CPUs of the placement: more threads than CPUs stall each other");
  return std::min(role.threads, available);
}

}  // namespace rolecall::launcher
