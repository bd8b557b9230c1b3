#include "launcher/host_limits.hpp"

#include "registry/quantities.hpp"

#include <algorithm>

namespace rolecall::launcher {

namespace {

using registry::format_bytes;
using findings = std::vector<limit_finding>;

// Below this much the next log line may be the last one.
constexpr byte_count least_room = 64ULL << 20;
constexpr std::uint64_t least_inodes = 1000;
constexpr int gentle_swappiness = 10;
constexpr int strict_overcommit = 2;

std::string names(const std::vector<std::string>& roles) {
  std::string text;
  for (const auto& role : roles) text += (text.empty() ? "" : ", ") + role;
  return text;
}

std::string amount(const host_limits::limit& value) {
  return value.most ? std::to_string(*value.most) : "unlimited";
}

limit_finding fine(std::string check, std::string finding) {
  return {std::move(check), verdict::fine, std::move(finding), {}};
}

// A shell's limit says little of what rolecalld's unit will set.
verdict failing(const host_limits& limits) noexcept {
  return limits.of_shell ? verdict::costs : verdict::bites;
}

limit_finding unknown(std::string check, std::string finding, const host_limits& limits) {
  return {std::move(check), verdict::unknown, std::move(finding),
          "run: sudo -u " + limits.user + " rolectl doctor"};
}

void judge_memlock(const host_limits& limits, const fleet_demand& demand, findings& all) {
  if (!limits.memlock) return;
  const auto& most = limits.memlock->most;
  const auto text = most ? format_bytes(*most) : "unlimited";
  if (!most || *most >= limits.host.memory.total || demand.locking_roles.empty()) {
    all.push_back(fine("memlock", text + (demand.locking_roles.empty() ? "; no role locks" : "")));
    return;
  }
  all.push_back({"memlock", failing(limits),
                 text + ", but these roles lock their memory: " + names(demand.locking_roles) +
                     "; the engine goes on without a lock and says nothing",
                 "LimitMEMLOCK=infinity in rolecalld's unit, ulimit -l unlimited in a shell, or "
                 "load_mode: mmap"});
}

void judge_open_files(const host_limits& limits, const fleet_demand& demand, findings& all) {
  if (!limits.open_files) return;
  const auto text = amount(*limits.open_files) + "; clients, waiters and upstreams need up to " +
                    std::to_string(demand.descriptors);
  if (limits.open_files->most.value_or(demand.descriptors) >= demand.descriptors)
    all.push_back(fine("open files", text));
  else
    all.push_back({"open files", failing(limits), text + ": connections beyond it are not accepted",
                   "LimitNOFILE=" + std::to_string(demand.descriptors) +
                       " or more in rolecalld's unit, or lower queue.limit"});
}

// The lower one of the user's limit and the cgroup's, as a whole: the fleet may run already.
void judge_tasks(const host_limits& limits, const fleet_demand& demand, findings& all) {
  if (!limits.processes && !limits.tasks) return;
  std::optional<std::uint64_t> least;
  std::string whose = "processes of this user (ulimit -u)";
  std::string remedy = "LimitNPROC=infinity in rolecalld's unit";
  if (limits.processes) least = limits.processes->most;
  if (limits.tasks && limits.tasks->most && (!least || *limits.tasks->most < *least)) {
    least = limits.tasks->most;
    whose = "pids.max of the control group";
    remedy = "TasksMax=infinity in rolecalld's unit";
  }
  const auto need = "; the fleet may have " + std::to_string(demand.threads) + " threads";
  if (!least || *least >= demand.threads) {
    all.push_back(fine("threads", (least ? std::to_string(*least) : "unlimited") + need));
    return;
  }
  all.push_back({"threads", failing(limits),
                 std::to_string(*least) + " by " + whose + need +
                     ": an engine that gets no thread "
                     "ends at its start",
                 remedy});
}

void judge_written(const directory_room& room, const host_limits& limits, findings& all) {
  const auto check = room.wanted.key;
  const auto path = room.wanted.path.string();
  if (room.exists && room.writable == false) {
    all.push_back({check, verdict::bites, path + " cannot be written to by this user",
                   "chown it to rolecalld's user, or name another directory in host." + check});
    return;
  }
  const auto spare = room.free.value_or(0) + room.used;
  const auto need = std::max(room.wanted.bytes, least_room);
  if (room.free && (*room.free < least_room || spare < need)) {
    all.push_back({check, *room.free < least_room ? verdict::bites : verdict::costs,
                   path + " has " + format_bytes(*room.free) + " free, up to " +
                       format_bytes(need - std::min(room.used, need)) +
                       " more may be written: log lines and records would be lost",
                   "free some space, name another directory in host." + check +
                       (check == "log_dir" ? ", or lower host.log_limit" : "")});
    return;
  }
  if (room.free_inodes && *room.free_inodes < least_inodes) {
    all.push_back({check, verdict::bites,
                   path + " has only " + std::to_string(*room.free_inodes) + " inodes free",
                   "remove small files from that file system"});
    return;
  }
  if (!room.writable)
    all.push_back(unknown(check, path + ": whether " + limits.user + " may write there", limits));
  else
    all.push_back(fine(check, path + (room.free ? ", " + format_bytes(*room.free) + " free" : "")));
}

void judge_directories(const host_limits& limits, findings& all) {
  for (const auto& room : limits.directories) {
    if (room.wanted.bytes > 0) {
      judge_written(room, limits, all);
      continue;
    }
    const auto path = room.wanted.path.string();
    if (!room.readable)
      all.push_back(
          unknown(room.wanted.key, path + ": whether " + limits.user + " may read there", limits));
    else if (!room.exists)
      all.push_back({room.wanted.key, verdict::bites, path + " does not exist",
                     "create or mount it, or take it out of host." + room.wanted.key});
    else if (!*room.readable)
      all.push_back({room.wanted.key, verdict::bites, path + " cannot be read by this user",
                     "chmod o+rx, or add rolecalld's user to the directory's group"});
    else
      all.push_back(fine(room.wanted.key, path + " is readable"));
  }
}

void judge_ports(const host_limits& limits, findings& all) {
  bool is_fine = true;
  std::vector<std::string> hidden;
  for (const auto& port : limits.ports) {
    if (port.holder.empty() || port.ours) continue;
    is_fine = false;
    if (port.is_hidden) {
      hidden.push_back(std::to_string(port.wanted.port));
      continue;
    }
    all.push_back({"ports", verdict::bites, port.holder + ", and " + port.wanted.user + " needs it",
                   "stop that process, or give another port in the registry"});
  }
  if (!hidden.empty())
    all.push_back(unknown(
        "ports", "whether they are " + limits.user + "'s own, which are taken: " + names(hidden),
        limits));
  if (is_fine && !limits.ports.empty())
    all.push_back(fine("ports", std::to_string(limits.ports.size()) + " are free or our own"));
}

void judge_placement(const host_limits& limits, const fleet_demand& demand, findings& all) {
  if (limits.shape.nodes.size() < 2) {
    all.push_back(fine("NUMA policy", "one node: nothing to place"));
    return;
  }
  const auto roles = names(demand.placed_roles);
  if (demand.placed_roles.empty())
    all.push_back(fine("NUMA policy", "no role has one"));
  else if (!limits.shape.memory_policy_allowed)
    all.push_back({"NUMA policy", verdict::bites,
                   "set_mempolicy is forbidden here (a container without CAP_SYS_NICE): pages of " +
                       roles + " lie where the kernel puts them, only CPUs are chosen",
                   "run the container with --cap-add SYS_NICE, or outside of one"});
  else if (limits.shape.numactl.empty())
    all.push_back({"NUMA policy", verdict::bites,
                   "numactl is not installed, and these roles have a NUMA policy: " + roles,
                   "apt-get install numactl"});
  else
    all.push_back(fine("NUMA policy", limits.shape.numactl.string() + " may set one"));
}

void judge_balancing(const host_limits& limits, findings& all) {
  if (!limits.host.numa_balancing) return;
  if (*limits.host.numa_balancing && limits.shape.nodes.size() > 1)
    all.push_back({"numa_balancing", verdict::costs,
                   "on: the kernel moves pages between nodes while models run",
                   "sysctl -w kernel.numa_balancing=0"});
  else
    all.push_back(
        fine("numa_balancing", *limits.host.numa_balancing ? "on, with one node" : "off"));
}

void judge_huge_pages(const host_limits& limits, findings& all) {
  const auto& setting = limits.host.transparent_huge_pages;
  if (setting.empty()) return;
  if (setting == "never")
    all.push_back({"huge pages", verdict::costs, "never: large KV caches cost more TLB misses",
                   "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"});
  else
    all.push_back(fine("huge pages", setting));
}

void judge_governor(const host_limits& limits, findings& all) {
  const auto& governors = limits.host.governors;
  if (governors.empty()) return;
  if (std::ranges::count(governors, "powersave") > 0)
    all.push_back({"CPU governor", verdict::costs, "powersave on some CPUs",
                   "cpupower frequency-set -g performance"});
  else
    all.push_back(fine("CPU governor", names(governors)));
}

void judge_swap(const host_limits& limits, findings& all) {
  if (!limits.swap) return;
  if (*limits.swap > 0 && limits.swappiness.value_or(0) > gentle_swappiness)
    all.push_back({"swap", verdict::costs,
                   format_bytes(*limits.swap) + " of swap at swappiness " +
                       std::to_string(*limits.swappiness) +
                       ": the memory of idle models is written to disk, their next request waits",
                   "sysctl -w vm.swappiness=1, or swapoff -a"});
  else
    all.push_back(fine("swap", *limits.swap == 0
                                   ? "none"
                                   : format_bytes(*limits.swap) + ", swappiness " +
                                         std::to_string(limits.swappiness.value_or(0))));
}

void judge_overcommit(const host_limits& limits, const fleet_demand& demand, findings& all) {
  if (!limits.overcommit) return;
  const auto text = "vm.overcommit_memory is " + std::to_string(*limits.overcommit);
  if (*limits.overcommit == strict_overcommit &&
      limits.commit_limit.value_or(demand.budget) < demand.budget)
    all.push_back({"overcommit", verdict::bites,
                   text + ": " + format_bytes(*limits.commit_limit) +
                       " may be committed, less than the budget of " + format_bytes(demand.budget) +
                       ": loads fail with memory free",
                   "sysctl -w vm.overcommit_memory=0, or raise vm.overcommit_ratio"});
  else
    all.push_back(fine("overcommit", text));
}

void judge_memory(const host_limits& limits, const fleet_demand& demand, findings& all) {
  const auto& memory = limits.host.memory;
  if (memory.total == 0) return;
  const auto text = "the budget is " + format_bytes(demand.budget) + ", " + memory.limited_by() +
                    " has " + format_bytes(memory.limit());
  if (demand.budget == 0)
    all.push_back({"memory budget", verdict::bites, text + ": nothing can be loaded",
                   "lower host.memory.os_reserve or host.memory.safety, or give a budget"});
  else if (demand.budget > memory.limit())
    all.push_back({"memory budget", demand.budget > memory.total ? verdict::bites : failing(limits),
                   text + ": the kernel would kill instances before the budget is used",
                   "lower host.memory.budget or let it be auto" +
                       std::string(memory.cgroup ? ", or raise the control group's memory.max "
                                                   "(MemoryMax= of the unit)"
                                                 : "")});
  else
    all.push_back(fine("memory budget", text));
}

void judge_clock(const host_limits& limits, findings& all) {
  if (!limits.clock_synchronised) return;
  if (*limits.clock_synchronised)
    all.push_back(fine("clock", "synchronised"));
  else
    all.push_back({"clock", verdict::costs,
                   "not synchronised: times in logs drift, certificates may look expired",
                   "timedatectl set-ntp true, or run chrony"});
}

void judge_engines(const host_limits& limits, findings& all) {
  for (const auto& engine : limits.engines) {
    if (engine.problem.empty())
      all.push_back(fine("engine", engine.name.string() + " runs: " + engine.version));
    else
      all.push_back({"engine", verdict::bites, engine.problem,
                     "install llama-server, or name it in host.llama_server"});
  }
}

}  // namespace

const char* to_string(verdict value) noexcept {
  switch (value) {
    case verdict::fine:
      return "ok";
    case verdict::costs:
      return "costs";
    case verdict::bites:
      return "bites";
    case verdict::unknown:
      return "unknown";
  }
  return "";
}

std::vector<limit_finding> judge(const host_limits& limits, const fleet_demand& demand) {
  findings all;
  judge_engines(limits, all);
  judge_ports(limits, all);
  judge_directories(limits, all);
  judge_memory(limits, demand, all);
  judge_memlock(limits, demand, all);
  judge_open_files(limits, demand, all);
  judge_tasks(limits, demand, all);
  judge_overcommit(limits, demand, all);
  judge_placement(limits, demand, all);
  judge_balancing(limits, all);
  judge_huge_pages(limits, all);
  judge_governor(limits, all);
  judge_swap(limits, all);
  judge_clock(limits, all);
  return all;
}

}  // namespace rolecall::launcher
