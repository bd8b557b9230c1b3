#include "launcher/topology.hpp"

#include "tests/unit/launcher/launch_case.hpp"

#include <cstdlib>
#include <fstream>

#include <doctest/doctest.h>

using namespace rolecall::launcher;
using namespace rolecall::launcher::test;
using cpus = std::vector<int>;

namespace {

/// A tree of files as below "/", removed at the end.
class host_tree {
 public:
  host_tree() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "rolecall-host-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    root_ = pattern;
  }
  ~host_tree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }
  host_tree(const host_tree&) = delete;
  host_tree& operator=(const host_tree&) = delete;

  void write(const std::string& file, const std::string& text) const {
    const auto path = root_ / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << '\n';
  }

  void cpus(int count, const auto& siblings_of) const {
    write("sys/devices/system/cpu/online", "0-" + std::to_string(count - 1));
    for (int cpu = 0; cpu < count; ++cpu)
      write("sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list",
            siblings_of(cpu));
  }

  void node(int id, const std::string& cpulist, const std::string& kibibytes) const {
    const auto folder = "sys/devices/system/node/node" + std::to_string(id);
    write(folder + "/cpulist", cpulist);
    write(folder + "/meminfo", "Node " + std::to_string(id) + " MemTotal:       " + kibibytes +
                                   " kB\nNode " + std::to_string(id) + " MemFree:        1 kB");
  }

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

 private:
  std::filesystem::path root_;
};

std::string sibling_96_apart(int cpu) {
  const int core = cpu % 96;
  return std::to_string(core) + "," + std::to_string(core + 96);
}

}  // namespace

TEST_CASE("topology: lists of CPUs are read and written in the kernel's form") {
  CHECK(*parse_cpu_list("0-3,8,10-11") == cpus{0, 1, 2, 3, 8, 10, 11});
  CHECK(*parse_cpu_list("5") == cpus{5});
  CHECK(*parse_cpu_list("3,1,2,2") == cpus{1, 2, 3});
  CHECK(format_cpu_list({0, 1, 2, 3, 8, 10, 11}) == "0-3,8,10-11");
  CHECK(format_cpu_list({}).empty());
  CHECK(format_cpu_list(*parse_cpu_list("48-95,144-191")) == "48-95,144-191");
}

TEST_CASE("topology: a list that is none is an error that shows it") {
  for (const auto* text :
       {"", ",", "1,", "a", "3-1", "1-", "-1", "1--2", "0x3", "1 2", "99999999", "0-99999999"}) {
    const auto list = parse_cpu_list(text);
    REQUIRE_MESSAGE(list.has_error(), text);
    CHECK(contains(list.error(), '"' + std::string(text) + '"'));
  }
}

TEST_CASE("topology: the two-node reference host is read from its files") {
  const host_tree tree;
  tree.cpus(192, sibling_96_apart);
  tree.write("sys/devices/system/node/online", "0-1");
  tree.node(0, "0-47,96-143", "593494016");
  tree.node(1, "48-95,144-191", "593494016");
  tree.write("proc/meminfo", "MemTotal:       1186988032 kB\nMemFree: 1 kB");
  const auto host = read_topology(tree.root());

  REQUIRE(host.nodes.size() == 2);
  CHECK(host.nodes[1].cpus == *parse_cpu_list("48-95,144-191"));
  CHECK(host.nodes[1].memory_total == 593494016ULL * 1024);
  CHECK(host.memory_total == 1186988032ULL * 1024);
  CHECK(host.allowed_cpus.size() == 192);
  CHECK(host.allowed_nodes == std::vector<int>{0, 1});
  CHECK(host.physical_cores(host.allowed_cpus) == 96);
  CHECK(host.physical_cores(host.nodes[0].cpus) == 48);
  CHECK(host.physical_cores({0, 96}) == 1);
  CHECK(host.find_node(1) == &host.nodes[1]);
  CHECK(host.find_node(2) == nullptr);
}

TEST_CASE("topology: a four-node host is read from its files") {
  const host_tree tree;
  tree.cpus(192, sibling_96_apart);
  tree.write("sys/devices/system/node/online", "0-3");
  for (int id = 0; id < 4; ++id)
    tree.node(id,
              std::to_string(id * 24) + "-" + std::to_string(id * 24 + 23) + "," +
                  std::to_string(96 + id * 24) + "-" + std::to_string(96 + id * 24 + 23),
              "296747008");
  const auto host = read_topology(tree.root());
  REQUIRE(host.nodes.size() == 4);
  CHECK(format_cpu_list(host.nodes[3].cpus) == "72-95,168-191");
  CHECK(host.physical_cores(host.nodes[3].cpus) == 24);
}

TEST_CASE("topology: nodes need not be numbered without gaps, nor have CPUs") {
  const host_tree tree;
  tree.cpus(4, [](int cpu) { return std::to_string(cpu); });
  tree.write("sys/devices/system/node/online", "0,2");
  tree.node(0, "0-3", "1000");
  tree.node(2, "", "4000");
  const auto host = read_topology(tree.root());
  REQUIRE(host.nodes.size() == 2);
  CHECK(host.nodes[1] == numa_node{.id = 2, .cpus = {}, .memory_total = 4000 * 1024});
}

TEST_CASE("topology: a host without NUMA in sysfs is one node with every CPU and all memory") {
  const host_tree tree;
  tree.cpus(8, [](int cpu) { return std::to_string(cpu); });
  tree.write("proc/meminfo", "MemTotal:       16000 kB");
  const auto host = read_topology(tree.root());
  REQUIRE(host.nodes.size() == 1);
  CHECK(host.nodes[0] ==
        numa_node{.id = 0, .cpus = {0, 1, 2, 3, 4, 5, 6, 7}, .memory_total = 16000 * 1024});
  CHECK(host.allowed_nodes == std::vector<int>{0});
}

TEST_CASE("topology: what this process is allowed is told apart from what the host has") {
  const host_tree tree;
  tree.cpus(4, [](int cpu) { return std::to_string(cpu); });
  tree.write("sys/devices/system/node/online", "0-1");
  tree.node(0, "0-1", "1000");
  tree.node(1, "2-3", "1000");
  tree.write("proc/self/status",
             "Name:\tx\nCpus_allowed:\t2\nCpus_allowed_list:\t1\nMems_allowed_list:\t1\n");
  const auto host = read_topology(tree.root());
  CHECK(host.allowed_cpus == cpus{1});
  CHECK(host.allowed_nodes == std::vector<int>{1});
}

TEST_CASE("topology: without sibling lists every CPU is a core") {
  const host_tree tree;
  tree.write("sys/devices/system/cpu/online", "0-5");
  const auto host = read_topology(tree.root());
  CHECK(host.physical_cores(host.allowed_cpus) == 6);
}

TEST_CASE(
    "topology: numactl is found where it is installed, by its absolute path, and only when it can "
    "be run") {
  const host_tree tree;
  tree.write("sys/devices/system/cpu/online", "0");
  CHECK(read_topology(tree.root()).numactl.empty());
  tree.write("usr/bin/numactl", "#!/bin/sh");
  CHECK(read_topology(tree.root()).numactl.empty());
  std::filesystem::permissions(tree.root() / "usr/bin/numactl", std::filesystem::perms::owner_all);
  CHECK(read_topology(tree.root()).numactl == "/usr/bin/numactl");
}

TEST_CASE("topology: this host has at least one node, one allowed CPU and memory") {
  const auto host = read_topology("/");
  REQUIRE_FALSE(host.nodes.empty());
  CHECK_FALSE(host.allowed_cpus.empty());
  CHECK(host.memory_total > 0);
  CHECK(host.physical_cores(host.allowed_cpus) > 0);
  CHECK(host.physical_cores(host.allowed_cpus) <= static_cast<int>(host.allowed_cpus.size()));
}
