#include "launcher/host_assessment.hpp"

#include "launcher/proc_fields.hpp"

#include <algorithm>
#include <set>
#include <sstream>

namespace rolecall::launcher {

namespace fs = std::filesystem;

namespace {

std::vector<int> numbers_in(const std::string& text) {
  std::istringstream in(text);
  std::vector<int> numbers;
  for (int n = 0; in >> n;) numbers.push_back(n);
  return numbers;
}

std::vector<node_assessment> read_nodes(const fs::path& root, const topology& host,
                                        const host_memory& memory) {
  std::vector<node_assessment> nodes;
  for (const auto& node : host.nodes) {
    const auto folder = root / "sys/devices/system/node" / ("node" + std::to_string(node.id));
    const auto meminfo = read_text(folder / "meminfo");
    // A kernel without NUMA: the node is the host.
    const auto free = meminfo ? kibibytes(*meminfo, "MemFree:").value_or(0) : memory.available;
    nodes.push_back({.id = node.id,
                     .cpus = node.cpus,
                     .memory_total = node.memory_total,
                     .memory_free = free,
                     .distances = numbers_in(read_text(folder / "distance").value_or(""))});
  }
  return nodes;
}

/// "model name : X" of x86, else empty.
std::string cpu_model_of(const std::string& cpuinfo) {
  auto text = field(cpuinfo, "model name");
  text.remove_prefix(std::min(text.find_first_not_of(": \t"), text.size()));
  return std::string(text);
}

std::vector<std::string> read_governors(const fs::path& root, const topology& host) {
  std::set<std::string> found;
  for (const auto& [cpu, core] : host.core_of) {
    const auto file = root / "sys/devices/system/cpu" / ("cpu" + std::to_string(cpu)) /
                      "cpufreq/scaling_governor";
    if (auto governor = read_text(file); governor && !governor->empty())
      found.insert(*std::move(governor));
  }
  return {found.begin(), found.end()};
}

/// The queue of a disk; a partition's is its parent's.
std::optional<bool> rotational(const fs::path& root, const mount& where) {
  // Some file systems (btrfs, overlay) have no block device of their own number.
  for (const auto& block : {root / "sys/dev/block" / where.device,
                            root / "sys/class/block" / fs::path(where.source).filename()}) {
    std::error_code failed;
    const auto device = fs::canonical(block, failed);
    if (failed) continue;
    for (const auto& folder : {device, device.parent_path()})
      if (const auto text = read_text(folder / "queue/rotational"); text && !text->empty())
        return *text != "0";
  }
  return std::nullopt;
}

storage_assessment read_storage(const fs::path& root, const directory& wanted,
                                std::string_view mountinfo) {
  storage_assessment found{.purpose = wanted.purpose,
                           .path = wanted.path,
                           .total = {},
                           .available = {},
                           .file_system = {},
                           .rotational = {}};
  std::error_code failed;
  auto place = wanted.path;
  while (!fs::exists(root / place.relative_path(), failed) && place.has_relative_path()) {
    place = place.parent_path();
    found.exists = false;
  }
  const auto space = fs::space(root / place.relative_path(), failed);
  if (!failed) {
    found.total = space.capacity;
    found.available = space.available;
  }
  if (const auto where = find_mount(mountinfo, place)) {
    found.file_system = where->file_system;
    found.rotational = rotational(root, *where);
  }
  return found;
}

bool is_below(const fs::path& path, const fs::path& point) {
  const auto [end, ignored] = std::mismatch(point.begin(), point.end(), path.begin(), path.end());
  return end == point.end() || (std::next(end) == point.end() && end->empty());
}

}  // namespace

std::optional<std::vector<std::string>> parse_avx512(std::string_view cpuinfo) {
  constexpr std::string_view key = "flags";
  auto flags = field(cpuinfo, key);
  if (flags.empty()) return std::nullopt;
  std::istringstream in{std::string(flags)};
  std::set<std::string> kinds;
  for (std::string word; in >> word;)
    if (word.starts_with("avx512")) kinds.insert(word);
  return std::vector<std::string>(kinds.begin(), kinds.end());
}

std::string_view chosen_word(std::string_view text) noexcept {
  const auto open = text.find('[');
  if (open == std::string_view::npos) return {};
  const auto close = text.find(']', open);
  if (close == std::string_view::npos) return {};
  return text.substr(open + 1, close - open - 1);
}

std::optional<host_assessment::memlock_limit> parse_memlock(std::string_view limits) {
  const auto soft = field(limits, "Max locked memory");
  if (soft.starts_with("unlimited")) return host_assessment::memlock_limit{};
  if (const auto bytes = leading_number(soft)) return host_assessment::memlock_limit{*bytes};
  return std::nullopt;
}

// Lines of proc(5): id parent major:minor root point options … - type source options. Blanks in a
// point are written \040; such paths are not looked for here.
std::optional<mount> find_mount(std::string_view mountinfo, const fs::path& path) {
  std::istringstream lines{std::string(mountinfo)};
  std::optional<mount> best;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string ignored;
    std::string point;
    mount candidate;
    words >> ignored >> ignored >> candidate.device >> ignored >> point;
    for (std::string word; words >> word && word != "-";) {
    }
    if (!(words >> candidate.file_system >> candidate.source)) continue;
    candidate.point = point;
    if (!is_below(path, candidate.point)) continue;
    // Of two mounts on one point the later one covers the other.
    if (!best || point.size() >= best->point.native().size()) best = std::move(candidate);
  }
  return best;
}

host_assessment assess_host(const fs::path& root, const std::vector<directory>& directories) {
  const auto topology = read_topology(root);
  const auto cpuinfo = read_text(root / "proc/cpuinfo").value_or("");
  host_assessment host;
  host.memory = read_host_memory(root);
  host.cpu_model = cpu_model_of(cpuinfo);
  host.logical_cpus = static_cast<int>(topology.core_of.size());
  std::vector<int> cpus;
  for (const auto& [cpu, core] : topology.core_of) cpus.push_back(cpu);
  host.physical_cores = topology.physical_cores(cpus);
  const auto avx512 = parse_avx512(cpuinfo);
  host.flags_known = avx512.has_value();
  host.avx512 = avx512.value_or(std::vector<std::string>{});
  host.nodes = read_nodes(root, topology, host.memory);
  const auto mountinfo = read_text(root / "proc/self/mountinfo").value_or("");
  for (const auto& wanted : directories)
    host.storage.push_back(read_storage(root, wanted, mountinfo));
  host.memlock = parse_memlock(read_text(root / "proc/self/limits").value_or(""));
  host.transparent_huge_pages =
      chosen_word(read_text(root / "sys/kernel/mm/transparent_hugepage/enabled").value_or(""));
  if (const auto text = read_text(root / "proc/sys/kernel/numa_balancing"); text && !text->empty())
    host.numa_balancing = *text != "0";
  host.governors = read_governors(root, topology);
  return host;
}

std::vector<host_warning> warnings_of(const host_assessment& host) {
  std::vector<host_warning> found;
  if (host.flags_known && host.avx512.empty())
    found.push_back(
        {"the CPU has no AVX-512: the field guide counts on 2 to 4 times the speed with it",
         "expect less than the guide's tokens per second, or prefer smaller models"});
  // A limit below the host's memory cannot lock a model that fills it.
  if (host.memlock && host.memlock->bytes && *host.memlock->bytes < host.memory.total)
    found.push_back({"memlock is limited to " + std::to_string(*host.memlock->bytes >> 10U) +
                         " KiB: load_mode mlock and mmap+mlock fail without an error",
                     "LimitMEMLOCK=infinity in rolecalld's unit, or ulimit -l unlimited"});
  if (host.numa_balancing.value_or(false) && host.nodes.size() > 1)
    found.push_back({"numa_balancing moves pages between nodes while models run",
                     "sysctl kernel.numa_balancing=0"});
  if (std::ranges::find(host.governors, "powersave") != host.governors.end())
    found.push_back({"the cpufreq governor is powersave on some CPUs",
                     "cpupower frequency-set -g performance"});
  if (host.transparent_huge_pages == "never")
    found.push_back({"transparent huge pages are off: large KV caches cost more TLB misses",
                     "echo madvise > /sys/kernel/mm/transparent_hugepage/enabled"});
  for (const auto& place : host.storage)
    if (place.purpose == "model_dirs" && place.exists && place.rotational.value_or(false))
      found.push_back({place.path.string() + " is on a rotating disk: a large model loads for "
                                             "minutes",
                       "keep models on SSD or NVMe"});
  return found;
}

}  // namespace rolecall::launcher
