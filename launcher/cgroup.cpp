#include "launcher/cgroup.hpp"

#include "launcher/descriptor.hpp"
#include "launcher/proc_fields.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace rolecall::launcher {

namespace {

constexpr std::array<const char*, 4> wanted_controllers{"cpu", "cpuset", "memory", "pids"};
constexpr int everybodys_weight = 100;
constexpr mode_t readable_by_all = 0755;

/// The kernel takes a value in one write and answers by it. 0 or errno.
int write_value(const std::filesystem::path& file, const std::string& value) {
  const descriptor out(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
  if (!out.is_open()) return errno;
  // An empty list is a line without numbers.
  const auto text = value.empty() ? std::string("\n") : value;
  return ::write(out.number(), text.data(), text.size()) < 0 ? errno : 0;
}

std::string because(const std::string& what, int error) {
  return what + ": " + std::strerror(error);
}

/// Why the kernel has no such file, in words of the operator.
std::string limit_failure(const std::filesystem::path& file, const std::string& value, int error) {
  auto text = because("cannot set " + file.string() + " to '" + value + "'", error);
  if (error == ENOENT)
    text += "; its controller is not delegated: see Delegate= in rolecall-instances.service";
  return text;
}

std::optional<cgroup_problem> try_to_prepare(const instance_cgroup& group) {
  if (::mkdir(group.folder.c_str(), readable_by_all) != 0 && errno != EEXIST) {
    const int error = errno;
    return cgroup_problem{error,
                          because("cannot make the control group " + group.folder.string(), error) +
                              (error == ENOENT ? "; is rolecall-instances.service running?" : "")};
  }
  const auto none = cgroup_settings({});
  const auto settings = cgroup_settings(group.limits);
  for (std::size_t i = 0; i < settings.size(); ++i) {
    const auto& [name, value] = settings[i];
    const auto file = group.folder / name;
    const int error = write_value(file, value);
    // A limit that nobody asked for needs no controller.
    if (error != 0 && value != none[i].second)
      return cgroup_problem{error, limit_failure(file, value, error)};
  }
  // One that is killed for its memory takes its helpers along, and nobody else.
  (void)write_value(group.folder / "memory.oom.group", "1");
  return std::nullopt;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> cgroup_settings(
    const registry::cgroup_limits& limits) {
  const auto bytes = [](const std::optional<registry::byte_count>& limit) {
    return limit ? std::to_string(*limit) : std::string("max");
  };
  return {{"memory.high", bytes(limits.memory_high)},
          {"memory.max", bytes(limits.memory_max)},
          {"cpu.weight", std::to_string(limits.cpu_weight.value_or(everybodys_weight))},
          {"cpuset.cpus", limits.allowed_cpus}};
}

std::string open_cgroup(const std::filesystem::path& folder) {
  const auto failed = [&](const std::string& reason) {
    return "cannot make control groups in " + folder.string() + ": " + reason;
  };
  const auto controllers = read_text(folder / "cgroup.controllers");
  if (!controllers) return failed("it is no control group of version 2, or not there");
  if (::access(folder.c_str(), W_OK | X_OK) != 0 ||
      ::access((folder / "cgroup.subtree_control").c_str(), W_OK) != 0)
    return failed("this user may not write there; systemd gives it away by Delegate=");
  if (const auto processes = read_text(folder / "cgroup.procs"); processes && !processes->empty())
    return failed("it has processes of its own, and only one without may have limited children");
  std::istringstream names(*controllers);
  for (std::string name; names >> name;)
    for (const auto* wanted : wanted_controllers)
      if (name == wanted)
        if (const int error = write_value(folder / "cgroup.subtree_control", "+" + name))
          return failed(because("its children cannot have the controller " + name, error));
  return {};
}

std::optional<cgroup_problem> prepare_cgroup(const instance_cgroup& group) {
  if (group.folder.empty()) return std::nullopt;
  auto made = try_to_prepare(group);
  // The group around it was made anew, and gives its children no controllers yet.
  if (made && made->error == ENOENT && open_cgroup(group.folder.parent_path()).empty())
    made = try_to_prepare(group);
  return made;
}

boost::system::error_code join_cgroup(const std::filesystem::path& folder, int pid) {
  return {write_value(folder / "cgroup.procs", std::to_string(pid)),
          boost::system::system_category()};
}

// Held first and looked at afterwards: who has the pid cannot change in between.
void kill_members(const instance_cgroup& group, int leader) {
  if (group.folder.empty()) return;
  std::istringstream members(read_text(group.folder / "cgroup.procs").value_or(""));
  for (int pid = 0; members >> pid;) {
    const descriptor held(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0U)));
    if (held.is_open() && ::getpgid(pid) == leader)
      ::syscall(SYS_pidfd_send_signal, held.number(), SIGKILL, nullptr, 0U);
  }
}

void remove_cgroup(const instance_cgroup& group) noexcept {
  if (!group.folder.empty()) ::rmdir(group.folder.c_str());
}

}  // namespace rolecall::launcher
