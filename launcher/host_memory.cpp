#include "launcher/host_memory.hpp"

#include "launcher/proc_fields.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

namespace rolecall::launcher {

namespace {

constexpr byte_count no_limit = std::numeric_limits<byte_count>::max();

byte_count minus(byte_count a, byte_count b) noexcept { return a > b ? a - b : 0; }

std::optional<cgroup_memory> read_cgroup(const std::filesystem::path& folder) {
  const auto number = [&](const char* file) {
    return leading_number(read_text(folder / file).value_or(""));
  };
  const auto most = number("memory.max"), high = number("memory.high");
  const auto current = number("memory.current");
  if ((!most && !high) || !current) return std::nullopt;
  const auto limit = std::min(most.value_or(no_limit), high.value_or(no_limit));
  const auto stat = read_text(folder / "memory.stat").value_or("");
  const auto count = [&](const char* key) { return leading_number(field(stat, key)).value_or(0); };
  // Shared memory counts as file there and cannot be dropped.
  const auto droppable = minus(count("file "), count("shmem "));
  return cgroup_memory{limit, minus(limit, minus(*current, droppable)), {}};
}

/// The path behind "0::" of /proc/<pid>/cgroup, which is cgroup v2's line.
std::filesystem::path cgroup_of(const std::filesystem::path& root, const std::string& process) {
  const auto text = read_text(root / "proc" / process / "cgroup").value_or("");
  return std::filesystem::path(field(text, "0::")).relative_path();
}

std::optional<cgroup_memory> tightest_cgroups(const std::filesystem::path& root,
                                              const std::string& process) {
  std::optional<cgroup_memory> tightest;
  for (auto path = cgroup_of(root, process);; path = path.parent_path()) {
    if (const auto found = read_cgroup(root / "sys/fs/cgroup" / path)) {
      if (!tightest) tightest = {no_limit, no_limit, {}};
      if (found->limit < tightest->limit) {
        tightest->limit = found->limit;
        tightest->path = "/" + path.generic_string();
      }
      tightest->left = std::min(tightest->left, found->left);
    }
    if (path.empty()) return tightest;
  }
}

}  // namespace

byte_count host_memory::limit() const noexcept {
  return cgroup && cgroup->limit < total ? cgroup->limit : total;
}

byte_count host_memory::left() const noexcept {
  return cgroup ? std::min(available, cgroup->left) : available;
}

std::string host_memory::limited_by() const {
  return cgroup && cgroup->limit < total ? "the cgroup " + cgroup->path : "the host";
}

double parse_stalled(std::string_view pressure) noexcept {
  const auto full = field(pressure, "full ");
  const auto value = field(full, "avg10=");
  double percent = 0;
  std::from_chars(value.data(), value.data() + value.size(), percent);
  return std::clamp(percent / 100, 0.0, 1.0);
}

host_memory read_host_memory(const std::filesystem::path& root, const std::string& process) {
  const auto meminfo = read_text(root / "proc/meminfo").value_or("");
  host_memory memory;
  memory.total = kibibytes(meminfo, "MemTotal:").value_or(0);
  memory.available = kibibytes(meminfo, "MemAvailable:").value_or(0);
  if (const auto cached = kibibytes(meminfo, "Cached:"))
    memory.page_cache = minus(*cached, kibibytes(meminfo, "Shmem:").value_or(0));
  memory.cgroup = tightest_cgroups(root, process);
  memory.stalled = parse_stalled(read_text(root / "proc/pressure/memory").value_or(""));
  return memory;
}

}  // namespace rolecall::launcher
