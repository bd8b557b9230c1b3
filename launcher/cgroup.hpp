#pragma once

#include "registry/registry.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall::launcher {

/// Where one instance lives among the control groups.
struct instance_cgroup {
  std::filesystem::path folder;  ///< empty: in the group of rolecalld
  registry::cgroup_limits limits;
};

/// Pure: the files of a control group and what to write there for these limits, "max", 100 and ""
/// where there is none, so that an older process's limits do not stay (Linux,
/// Documentation/admin-guide/cgroup-v2.rst).
[[nodiscard]] std::vector<std::pair<std::string, std::string>> cgroup_settings(
    const registry::cgroup_limits& limits);

/// Makes `folder` ready to hold a group for each instance: it must be a control group of version 2
/// without processes in which this user may make others. Gives the controllers that it has to its
/// children. Empty, or why not.
[[nodiscard]] std::string open_cgroup(const std::filesystem::path& folder);

struct cgroup_problem {
  int error = 0;     ///< errno
  std::string text;  ///< "cannot make the control group …: Permission denied"
};
/// Makes the instance's group, or takes the one that is there, and sets its limits; the group
/// around it is opened again where it was made anew since. Nothing to do without a folder. Empty,
/// or why not: a limit that cannot be set is an error, for who asked for it counts on it.
[[nodiscard]] std::optional<cgroup_problem> prepare_cgroup(const instance_cgroup& group);

/// Moves a process, with all its threads, into a group.
[[nodiscard]] boost::system::error_code join_cgroup(const std::filesystem::path& folder, int pid);

/// Kills what a process that led a process group has left of it here. Others stay: after a reload
/// the next process of the instance may live in the group already.
void kill_members(const instance_cgroup& group, int leader);

/// Removes the group of an instance that has ended; one that still has processes stays, and is
/// taken over by the next start.
void remove_cgroup(const instance_cgroup& group) noexcept;

}  // namespace rolecall::launcher
