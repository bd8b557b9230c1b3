#include "orchestrator/observation/host_reading.hpp"

#include "launcher/proc_fields.hpp"
#include "launcher/words.hpp"

#include <algorithm>

#include <sys/resource.h>
#include <unistd.h>

namespace rolecall::observation {

namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& file) { return launcher::read_text(file).value_or(""); }

metrics::stalled_seconds read_stalled(const fs::path& root, const char* resource) {
  return launcher::parse_stalled_seconds(text_of(root / "proc/pressure" / resource));
}

std::optional<metrics::disk_space> read_disk(const fs::path& folder) {
  std::error_code failed;
  const auto space = fs::space(folder, failed);
  if (failed) return std::nullopt;
  return metrics::disk_space{.bytes = space.capacity, .free = space.available};
}

double seconds_of(const timeval& time) noexcept {
  constexpr double microseconds = 1e-6;
  return static_cast<double>(time.tv_sec) + microseconds * static_cast<double>(time.tv_usec);
}

/// Every entry is a descriptor; one of them is that of the listing itself.
unsigned count_descriptors() {
  std::error_code failed;
  unsigned count = 0;
  for (fs::directory_iterator entry("/proc/self/fd", failed), end; !failed && entry != end;
       entry.increment(failed))
    ++count;
  return count > 0 ? count - 1 : 0;
}

std::uint64_t resident_bytes() {
  const auto statm = text_of("/proc/self/statm");
  std::string_view text = statm;
  launcher::take_word(text);  // the size of its address space
  const auto pages = launcher::leading_number(launcher::take_word(text)).value_or(0);
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace

metrics::host_sample read_host(const fs::path& root, const watched_folders& folders) {
  const auto meminfo = text_of(root / "proc/meminfo");
  const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  metrics::host_sample host;
  host.memory_bytes = launcher::kibibytes(meminfo, "MemTotal:").value_or(0);
  if (const auto cached = launcher::kibibytes(meminfo, "Cached:"))
    host.page_cache =
        *cached - std::min(*cached, launcher::kibibytes(meminfo, "Shmem:").value_or(0));
  host.cpu_stalled = read_stalled(root, "cpu");
  host.memory_stalled = read_stalled(root, "memory");
  host.io_stalled = read_stalled(root, "io");
  host.nodes = launcher::read_node_memory(root);
  host.load = launcher::parse_load_averages(text_of(root / "proc/loadavg"));
  host.cpu = launcher::parse_cpu_seconds(text_of(root / "proc/stat"), ticks_per_second);
  host.state_disk = read_disk(folders.state_dir);
  host.log_disk = read_disk(folders.log_dir);
  return host;
}

metrics::daemon_usage read_daemon() {
  metrics::daemon_usage daemon;
  daemon.open_descriptors = count_descriptors();
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    daemon.descriptor_limit = limit.rlim_cur;
  rusage used{};
  if (::getrusage(RUSAGE_SELF, &used) == 0) {
    daemon.user_seconds = seconds_of(used.ru_utime);
    daemon.system_seconds = seconds_of(used.ru_stime);
  }
  daemon.resident_bytes = resident_bytes();
  return daemon;
}

}  // namespace rolecall::observation
