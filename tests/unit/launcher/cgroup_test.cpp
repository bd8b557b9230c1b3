#include "launcher/cgroup.hpp"

#include "tests/support/file_text.hpp"
#include "tests/unit/registry/temporary_folder.hpp"

#include <cerrno>

#include <doctest/doctest.h>

using namespace rolecall::launcher;
using rolecall::test::file_text;

namespace {

using rolecall::registry::testing::temporary_folder;

/// What the kernel puts into a group that is delegated with these controllers.
void write_delegated(const temporary_folder& tree, const std::string& controllers) {
  tree.write("cgroup.controllers", controllers + "\n");
  tree.write("cgroup.subtree_control", "");
  tree.write("cgroup.procs", "");
}

/// A child's files; a kernel makes them with the folder.
void write_child(const temporary_folder& tree) {
  for (const auto* name :
       {"memory.high", "memory.max", "cpu.weight", "cpuset.cpus", "cgroup.procs"})
    tree.write(std::string("coder/") + name, "");
}

}  // namespace

TEST_CASE("cgroup: limits become the kernel's files, and those not given its defaults") {
  rolecall::registry::cgroup_limits limits;
  using pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(cgroup_settings(limits) == pairs{{"memory.high", "max"},
                                         {"memory.max", "max"},
                                         {"cpu.weight", "100"},
                                         {"cpuset.cpus", ""}});
  limits = {1000, 2000, 50, "0-3"};
  CHECK(cgroup_settings(limits) == pairs{{"memory.high", "1000"},
                                         {"memory.max", "2000"},
                                         {"cpu.weight", "50"},
                                         {"cpuset.cpus", "0-3"}});
}

TEST_CASE("cgroup: a delegated group gives its children the controllers it has") {
  const temporary_folder tree;
  write_delegated(tree, "cpu io memory");
  CHECK(open_cgroup(tree.path()).empty());
  // Each is one write to the same file.
  CHECK(file_text(tree.path() / "cgroup.subtree_control").find("+memory") == 0);
}

TEST_CASE("cgroup: what is no group, or has processes, is refused with the reason") {
  const temporary_folder tree;
  CHECK(open_cgroup(tree.path()).find("version 2") != std::string::npos);
  write_delegated(tree, "memory");
  tree.write("cgroup.procs", "17\n");
  CHECK(open_cgroup(tree.path()).find("processes of its own") != std::string::npos);
}

TEST_CASE("cgroup: an instance's group gets its limits, and the process") {
  const temporary_folder tree;
  write_child(tree);
  instance_cgroup group{tree.path() / "coder", {}};
  group.limits.memory_max = 5000;
  group.limits.allowed_cpus = "0-1";
  CHECK_FALSE(prepare_cgroup(group));
  CHECK(file_text(group.folder / "memory.max") == "5000");
  CHECK(file_text(group.folder / "memory.high") == "max");
  CHECK(file_text(group.folder / "cpuset.cpus") == "0-1");
  CHECK_FALSE(join_cgroup(group.folder, 4711));
  CHECK(file_text(group.folder / "cgroup.procs") == "4711");
}

TEST_CASE("cgroup: a limit whose controller is missing is an error only for who asks for it") {
  const temporary_folder tree;
  instance_cgroup group{tree.path() / "coder", {}};
  CHECK_FALSE(prepare_cgroup(group));
  CHECK(std::filesystem::is_directory(group.folder));
  group.limits.memory_max = 5000;
  const auto problem = prepare_cgroup(group);
  REQUIRE(problem);
  CHECK(problem->error == ENOENT);
  CHECK(problem->text.find("memory.max") != std::string::npos);
  CHECK(problem->text.find("Delegate=") != std::string::npos);
}

TEST_CASE("cgroup: when the group around it was made anew, it is opened again") {
  const temporary_folder tree;
  write_delegated(tree, "memory");
  instance_cgroup group{tree.path() / "coder", {}};
  CHECK_FALSE(prepare_cgroup(group));
  CHECK(file_text(tree.path() / "cgroup.subtree_control").empty());
  // A kernel would make the limit's file now.
  group.limits.memory_max = 5000;
  CHECK(prepare_cgroup(group));
  CHECK(file_text(tree.path() / "cgroup.subtree_control") == "+memory");
}

TEST_CASE("cgroup: the group of an instance that has ended is removed, without one nothing is") {
  const temporary_folder tree;
  const instance_cgroup group{tree.path() / "coder", {}};
  CHECK_FALSE(prepare_cgroup(group));
  remove_cgroup(group);
  CHECK_FALSE(std::filesystem::exists(group.folder));
  CHECK_FALSE(prepare_cgroup({}));
  remove_cgroup({});
}
