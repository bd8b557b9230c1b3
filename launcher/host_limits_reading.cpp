// What a host's limits are: the part of host_limits.hpp that asks the system.

#include "launcher/capabilities.hpp"
#include "launcher/host_limits.hpp"
#include "launcher/port_owner.hpp"
#include "launcher/proc_fields.hpp"

#include <charconv>

#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

namespace rolecall::launcher {

namespace {

namespace fs = std::filesystem;

enum class column { soft, hard };

/// A line of /proc/self/limits: "Max open files   1024   524288   files".
std::optional<host_limits::limit> limit_in(std::string_view limits, std::string_view name,
                                           column which) {
  auto value = field(limits, name);
  if (which == column::hard) {
    value.remove_prefix(std::min(value.find(' '), value.size()));
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  }
  if (value.starts_with("unlimited")) return host_limits::limit{};
  if (const auto number = leading_number(value)) return host_limits::limit{*number};
  return std::nullopt;
}

std::optional<int> setting(const fs::path& root, const char* name) {
  const auto number = leading_number(read_text(root / "proc/sys/vm" / name).value_or(""));
  if (!number) return std::nullopt;
  return static_cast<int>(*number);
}

/// What pids.max of a process's cgroups leaves, the tightest of them.
std::optional<host_limits::limit> tasks_left(const fs::path& root, const std::string& process) {
  const auto cgroups = read_text(root / "proc" / process / "cgroup").value_or("");
  auto path = fs::path(field(cgroups, "0::")).relative_path();
  std::optional<host_limits::limit> left;
  for (;; path = path.parent_path()) {
    const auto folder = root / "sys/fs/cgroup" / path;
    const auto most = leading_number(read_text(folder / "pids.max").value_or(""));
    const auto current = leading_number(read_text(folder / "pids.current").value_or(""));
    if (most && current) {
      const auto here = *most > *current ? *most - *current : 0;
      if (!left || here < *left->most) left = host_limits::limit{here};
    }
    if (path.empty()) return left;
  }
}

directory_room read_room(const fs::path& root, const wanted_directory& wanted) {
  directory_room room{.wanted = wanted, .free = {}, .free_inodes = {}};
  const auto here = root / wanted.path.relative_path();
  std::error_code failed;
  room.exists = fs::is_directory(here, failed);
  room.readable = ::access(here.c_str(), R_OK | X_OK) == 0;
  room.writable = ::access(here.c_str(), W_OK | X_OK) == 0;
  auto place = wanted.path;
  while (!fs::exists(root / place.relative_path(), failed) && place.has_relative_path())
    place = place.parent_path();
  struct statvfs room_of {};
  if (::statvfs((root / place.relative_path()).c_str(), &room_of) == 0) {
    room.free = static_cast<byte_count>(room_of.f_bavail) * room_of.f_frsize;
    if (room_of.f_files > 0) room.free_inodes = room_of.f_favail;
  }
  if (wanted.bytes == 0 || !room.exists) return room;
  for (fs::directory_iterator file(here, failed), end; !failed && file != end;
       file.increment(failed)) {
    std::error_code unknown;
    const auto bytes = file->file_size(unknown);
    if (!unknown) room.used += bytes;
  }
  return room;
}

/// An instance writes its own log, whoever started it; a door is rolecalld's.
bool is_ours(const wanted_port& wanted, const port_owner& owner) {
  if (owner.pid == 0) return false;
  if (wanted.log.empty()) return owner.command == "rolecalld";
  std::error_code failed;
  const auto output = fs::read_symlink("/proc/" + std::to_string(owner.pid) + "/fd/1", failed);
  return !failed && fs::equivalent(output, wanted.log, failed) && !failed;
}

std::vector<held_port> read_ports(const fleet_demand& demand, std::optional<int>& daemon) {
  std::vector<held_port> ports;
  for (const auto& wanted : demand.ports) {
    held_port port{.wanted = wanted, .holder = {}};
    const auto owner = find_port_owner(wanted.port, 0);
    if (owner.who != port_owner::kind::nobody) {
      port.holder = describe(owner, wanted.port);
      port.ours = is_ours(wanted, owner);
      if (port.ours && wanted.log.empty()) daemon = owner.pid;
    }
    ports.push_back(std::move(port));
  }
  return ports;
}

std::vector<engine_state> read_engines(const fleet_demand& demand) {
  std::vector<engine_state> engines;
  for (const auto& name : demand.engines) {
    const auto binary = find_binary(name);
    if (!binary) {
      engines.push_back({name, {}, binary.error()});
      continue;
    }
    const auto known = probe_capabilities(*binary);
    engines.push_back({*binary, known ? known->version : "", known ? "" : known.error()});
  }
  return engines;
}

/// The kernel's own word, which every time daemon sets.
std::optional<bool> clock_is_synchronised() {
  timex clock{};
  if (::adjtimex(&clock) < 0) return std::nullopt;
  return (clock.status & STA_UNSYNC) == 0;
}

}  // namespace

host_limits read_host_limits(const fs::path& root, const fleet_demand& demand, depth how) {
  host_limits found;
  if (root == "/") {
    found.clock_synchronised = clock_is_synchronised();
    if (how == depth::thorough) {
      found.ports = read_ports(demand, found.daemon);
      found.engines = read_engines(demand);
    }
  }
  const auto process = found.daemon ? std::to_string(*found.daemon) : "self";
  found.host = assess_host(root, {});
  found.shape = read_topology(root);
  const auto limits = read_text(root / "proc" / process / "limits").value_or("");
  found.memlock = limit_in(limits, "Max locked memory", column::soft);
  found.open_files = limit_in(limits, "Max open files", column::hard);
  if (::geteuid() != 0) found.processes = limit_in(limits, "Max processes", column::soft);
  found.tasks = tasks_left(root, process);
  const auto meminfo = read_text(root / "proc/meminfo").value_or("");
  found.swap = kibibytes(meminfo, "SwapTotal:");
  found.swappiness = setting(root, "swappiness");
  found.overcommit = setting(root, "overcommit_memory");
  const auto limit = kibibytes(meminfo, "CommitLimit:"), used = kibibytes(meminfo, "Committed_AS:");
  if (limit && used) found.commit_left = *limit > *used ? *limit - *used : 0;
  for (const auto& wanted : demand.directories)
    found.directories.push_back(read_room(root, wanted));
  return found;
}

}  // namespace rolecall::launcher
