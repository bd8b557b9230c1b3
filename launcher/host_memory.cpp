#include "launcher/host_memory.hpp"

#include "launcher/proc_fields.hpp"

#include <algorithm>
#include <charconv>

namespace rolecall::launcher {

namespace {

byte_count minus(byte_count a, byte_count b) noexcept { return a > b ? a - b : 0; }

std::optional<cgroup_memory> read_cgroup(const std::filesystem::path& folder) {
  const auto number = [&](const char* file) {
    return leading_number(read_text(folder / file).value_or(""));
  };
  const auto limit = number("memory.max");
  const auto current = number("memory.current");
  if (!limit || !current) return std::nullopt;
  const auto stat = read_text(folder / "memory.stat").value_or("");
  const auto count = [&](const char* key) { return leading_number(field(stat, key)).value_or(0); };
  // Shared memory counts as file there and cannot be dropped.
  const auto droppable = minus(count("file "), count("shmem "));
  return cgroup_memory{*limit, minus(*current, droppable), {}};
}

/// The path behind "0::" of /proc/self/cgroup, which is cgroup v2's line.
std::filesystem::path own_cgroup(const std::filesystem::path& root) {
  const auto text = read_text(root / "proc/self/cgroup").value_or("");
  return std::filesystem::path(field(text, "0::")).relative_path();
}

std::optional<cgroup_memory> tightest_cgroup(const std::filesystem::path& root) {
  std::optional<cgroup_memory> tightest;
  auto path = own_cgroup(root);
  while (true) {
    if (auto found = read_cgroup(root / "sys/fs/cgroup" / path)) {
      found->path = "/" + path.generic_string();
      if (!tightest || minus(found->limit, found->used) < minus(tightest->limit, tightest->used))
        tightest = std::move(found);
    }
    if (path.empty()) return tightest;
    path = path.parent_path();
  }
}

}  // namespace

byte_count host_memory::limit() const noexcept {
  return cgroup && cgroup->limit < total ? cgroup->limit : total;
}

byte_count host_memory::left() const noexcept {
  return cgroup ? std::min(available, minus(cgroup->limit, cgroup->used)) : available;
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

host_memory read_host_memory(const std::filesystem::path& root) {
  const auto meminfo = read_text(root / "proc/meminfo").value_or("");
  host_memory memory;
  memory.total = kibibytes(meminfo, "MemTotal:").value_or(0);
  memory.available = kibibytes(meminfo, "MemAvailable:").value_or(0);
  memory.cgroup = tightest_cgroup(root);
  memory.stalled = parse_stalled(read_text(root / "proc/pressure/memory").value_or(""));
  return memory;
}

}  // namespace rolecall::launcher
