// What a host's limits are: the part of host_limits.hpp that asks the system.

#include "launcher/capabilities.hpp"
#include "launcher/host_limits.hpp"
#include "launcher/port_owner.hpp"
#include "launcher/proc_fields.hpp"

#include <charconv>

#include <pwd.h>
#include <sys/stat.h>
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

/// Whether a process may lock memory beyond its limit; from /proc/<pid>/status.
bool has_cap_ipc_lock(std::string_view status) {
  constexpr unsigned cap_ipc_lock = 14;
  const auto mask = field(status, "CapEff:");
  std::uint64_t capabilities = 0;
  std::from_chars(mask.data(), mask.data() + mask.size(), capabilities, 16);
  return ((capabilities >> cap_ipc_lock) & 1U) != 0;
}

/// The tightest pids.max of a process's cgroups.
std::optional<host_limits::limit> tightest_tasks(const fs::path& root, const std::string& process) {
  const auto cgroups = read_text(root / "proc" / process / "cgroup").value_or("");
  auto path = fs::path(field(cgroups, "0::")).relative_path();
  std::optional<host_limits::limit> tightest;
  for (;; path = path.parent_path()) {
    const auto folder = root / "sys/fs/cgroup" / path;
    const auto most = leading_number(read_text(folder / "pids.max").value_or(""));
    if (most && (!tightest || *most < *tightest->most)) tightest = host_limits::limit{*most};
    if (path.empty()) return tightest;
  }
}

std::optional<uid_t> owner_of(const fs::path& file) {
  struct stat found {};
  if (::stat(file.c_str(), &found) != 0) return std::nullopt;
  return found.st_uid;
}

/// The daemon's user, or whose directory it will keep its records in; whoever asks, when nobody
/// knows.
uid_t daemons_user(const fs::path& root, const fleet_demand& demand, std::optional<int> daemon) {
  if (daemon) return owner_of("/proc/" + std::to_string(*daemon)).value_or(::geteuid());
  for (const auto& wanted : demand.directories)
    if (wanted.key == "state_dir")
      return owner_of(root / wanted.path.relative_path()).value_or(::geteuid());
  return ::geteuid();
}

std::string name_of(uid_t user) {
  const auto* entry = ::getpwuid(user);
  return entry == nullptr ? "#" + std::to_string(user) : entry->pw_name;
}

/// What another user may do is not known from what this one may not, and root may do anything.
std::optional<bool> may(const fs::path& place, int mode, bool for_another) {
  const bool allowed = ::access(place.c_str(), mode) == 0;
  if (for_another && (!allowed || ::geteuid() == 0)) return std::nullopt;
  return allowed;
}

directory_room read_room(const fs::path& root, const wanted_directory& wanted, bool for_another) {
  directory_room room{
      .wanted = wanted, .readable = {}, .writable = {}, .free = {}, .free_inodes = {}};
  const auto here = root / wanted.path.relative_path();
  std::error_code failed;
  room.exists = fs::is_directory(here, failed);
  const bool is_hidden = failed == std::errc::permission_denied;
  // What is not there is not there for anybody.
  const bool guesses = for_another && (room.exists || is_hidden);
  room.readable = may(here, R_OK | X_OK, guesses);
  room.writable = may(here, W_OK | X_OK, guesses);
  if (is_hidden) return room;
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
      port.is_hidden = owner.pid == 0;
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
  auto user = ::geteuid();
  if (how == depth::thorough) {
    found.of_shell = !found.daemon;
    user = daemons_user(root, demand, found.daemon);
  }
  const bool for_another = user != ::geteuid();
  if (for_another) found.user = name_of(user);
  // A port of whom the right user cannot see either is somebody else's.
  for (auto& port : found.ports) port.is_hidden = port.is_hidden && for_another;
  const auto process = found.daemon ? std::to_string(*found.daemon) : "self";
  found.host = assess_host(root, {});
  found.host.memory = read_host_memory(root, process);
  found.shape = read_topology(root);
  const auto limits = read_text(root / "proc" / process / "limits").value_or("");
  found.memlock = limit_in(limits, "Max locked memory", column::soft);
  if (found.memlock && has_cap_ipc_lock(read_text(root / "proc" / process / "status").value_or("")))
    found.memlock = host_limits::limit{};
  found.open_files = limit_in(limits, "Max open files", column::hard);
  if (user != 0) found.processes = limit_in(limits, "Max processes", column::soft);
  found.tasks = tightest_tasks(root, process);
  const auto meminfo = read_text(root / "proc/meminfo").value_or("");
  found.swap = kibibytes(meminfo, "SwapTotal:");
  found.swappiness = setting(root, "swappiness");
  found.overcommit = setting(root, "overcommit_memory");
  found.commit_limit = kibibytes(meminfo, "CommitLimit:");
  for (const auto& wanted : demand.directories)
    found.directories.push_back(read_room(root, wanted, for_another));
  return found;
}

}  // namespace rolecall::launcher
