#include "launcher/topology.hpp"

#include "launcher/executable_path.hpp"
#include "launcher/proc_fields.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <iterator>
#include <set>
#include <thread>

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rolecall::launcher {
namespace {

constexpr int highest_cpu = 1 << 16;  // far above any kernel's NR_CPUS: what is larger is a mistake

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failed != std::errc{} || end != text.data() + text.size() || value < 0 || value > highest_cpu)
    return std::nullopt;
  return value;
}

/// The list in a file of sysfs; none when the file is missing, empty or no list.
std::optional<std::vector<int>> read_list(const std::filesystem::path& file) {
  const auto text = read_text(file);
  if (!text || text->empty()) return std::nullopt;
  auto list = parse_cpu_list(*text);
  if (!list) return std::nullopt;
  return *std::move(list);
}

/// 0 when it is not told.
registry::byte_count memory_total(const std::filesystem::path& meminfo) {
  return kibibytes(read_text(meminfo).value_or(""), "MemTotal:").value_or(0);
}

std::vector<numa_node> read_nodes(const std::filesystem::path& root) {
  std::vector<numa_node> nodes;
  const auto folder = root / "sys/devices/system/node";
  for (const int id : read_list(folder / "online").value_or(std::vector<int>{})) {
    const auto node = folder / ("node" + std::to_string(id));
    nodes.push_back({.id = id,
                     .cpus = read_list(node / "cpulist").value_or(std::vector<int>{}),
                     .memory_total = memory_total(node / "meminfo")});
  }
  return nodes;
}

std::vector<int> online_cpus(const std::filesystem::path& root) {
  if (auto cpus = read_list(root / "sys/devices/system/cpu/online")) return *std::move(cpus);
  std::vector<int> cpus(std::max(std::thread::hardware_concurrency(), 1U));
  for (std::size_t i = 0; i < cpus.size(); ++i) cpus[i] = static_cast<int>(i);
  return cpus;
}

std::map<int, int> read_cores(const std::filesystem::path& root, const std::vector<int>& cpus) {
  std::map<int, int> core_of;
  for (const int cpu : cpus) {
    const auto folder =
        root / "sys/devices/system/cpu" / ("cpu" + std::to_string(cpu)) / "topology";
    const auto siblings = read_list(folder / "thread_siblings_list");
    core_of[cpu] = siblings && !siblings->empty() ? siblings->front() : cpu;
  }
  return core_of;
}

// numactl refuses to work where get_mempolicy is filtered, as container runtimes do without
// CAP_SYS_NICE.
bool may_set_memory_policy() {
  return ::syscall(SYS_get_mempolicy, nullptr, nullptr, 0UL, nullptr, 0UL) == 0 ||
         (errno != EPERM && errno != ENOSYS);
}

std::optional<registry::byte_count> lockable_memory() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_MEMLOCK, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return std::nullopt;
  return limit.rlim_cur;
}

std::vector<int> ids_of(const std::vector<numa_node>& nodes) {
  std::vector<int> ids;
  for (const auto& node : nodes) ids.push_back(node.id);
  return ids;
}

}  // namespace

int topology::physical_cores(const std::vector<int>& cpus) const {
  std::set<int> cores;
  for (const int cpu : cpus) {
    const auto core = core_of.find(cpu);
    cores.insert(core == core_of.end() ? cpu : core->second);
  }
  return static_cast<int>(cores.size());
}

const numa_node* topology::find_node(int id) const noexcept {
  const auto found = std::ranges::find(nodes, id, &numa_node::id);
  return found == nodes.end() ? nullptr : &*found;
}

boost::system::result<std::vector<int>, std::string> parse_cpu_list(std::string_view text) {
  const auto refusal = [&] {
    return "cannot read list \"" + std::string(text) +
           "\": expected numbers and ranges such as 0-3,8,10-11";
  };
  std::set<int> cpus;
  std::string_view rest = text;
  while (true) {
    const auto comma = std::min(rest.find(','), rest.size());
    const auto range = rest.substr(0, comma);
    const auto dash = range.find('-');
    const auto first = number(range.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : number(range.substr(dash + 1));
    if (!first || !last || *last < *first) return refusal();
    for (int cpu = *first; cpu <= *last; ++cpu) cpus.insert(cpu);
    if (comma == rest.size()) break;
    rest.remove_prefix(comma + 1);
  }
  return std::vector<int>(cpus.begin(), cpus.end());
}

std::string format_cpu_list(const std::vector<int>& cpus) {
  std::string text;
  for (std::size_t first = 0; first < cpus.size();) {
    auto last = first;
    while (last + 1 < cpus.size() && cpus[last + 1] == cpus[last] + 1) ++last;
    if (!text.empty()) text += ',';
    text += std::to_string(cpus[first]);
    if (last > first) text += '-' + std::to_string(cpus[last]);
    first = last + 1;
  }
  return text;
}

topology read_topology(const std::filesystem::path& root) {
  topology host;
  const auto cpus = online_cpus(root);
  host.memory_total = memory_total(root / "proc/meminfo");
  host.nodes = read_nodes(root);
  // Kernels without NUMA, and containers that hide it: the host as one node.
  if (host.nodes.empty()) host.nodes = {{.id = 0, .cpus = cpus, .memory_total = host.memory_total}};
  host.core_of = read_cores(root, cpus);

  const auto status = read_text(root / "proc/self/status").value_or("");
  const auto allowed_cpus = parse_cpu_list(field(status, "Cpus_allowed_list:"));
  const auto allowed_nodes = parse_cpu_list(field(status, "Mems_allowed_list:"));
  host.allowed_cpus = allowed_cpus ? *allowed_cpus : cpus;
  host.allowed_nodes = allowed_nodes ? *allowed_nodes : ids_of(host.nodes);

  const auto path = root == "/" ? search_path() : std::string_view("/usr/bin:/bin");
  host.numactl = find_in_path("numactl", path, root).value_or(std::filesystem::path{});
  host.taskset = find_in_path("taskset", path, root).value_or(std::filesystem::path{});
  if (root == "/") {
    host.memory_policy_allowed = may_set_memory_policy();
    host.lockable_memory = lockable_memory();
  }
  return host;
}

}  // namespace rolecall::launcher
