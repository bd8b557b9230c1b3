#include "launcher/host_assessment.hpp"

#include "tests/unit/registry/temporary_folder.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace rolecall::launcher;

namespace {

/// A tree of files as below "/".
using host_tree = rolecall::registry::testing::temporary_folder;

/// Two nodes of two cores with two threads each, as an Epyc shows itself.
void write_big_host(const host_tree& tree) {
  tree.write("proc/meminfo", "MemTotal:       527000000 kB\nMemAvailable:   500000000 kB");
  tree.write("proc/cpuinfo",
             "processor\t: 0\nmodel name\t: AMD EPYC 9655\nflags\t\t: fpu avx2 avx512vl avx512f "
             "avx512_bf16\n\nprocessor\t: 1\nflags\t\t: fpu avx512f");
  tree.write("proc/self/limits",
             "Limit                     Soft Limit           Hard Limit           Units\n"
             "Max locked memory         65536                65536                bytes");
  tree.write("proc/sys/kernel/numa_balancing", "1");
  tree.write("sys/kernel/mm/transparent_hugepage/enabled", "always [madvise] never");
  tree.write("sys/devices/system/cpu/online", "0-7");
  for (int cpu = 0; cpu < 8; ++cpu) {
    const auto folder = "sys/devices/system/cpu/cpu" + std::to_string(cpu);
    tree.write(folder + "/topology/thread_siblings_list",
               std::to_string(cpu % 4) + "," + std::to_string(cpu % 4 + 4));
    tree.write(folder + "/cpufreq/scaling_governor", cpu == 3 ? "powersave" : "performance");
  }
  tree.write("sys/devices/system/node/online", "0-1");
  for (int node = 0; node < 2; ++node) {
    const auto folder = "sys/devices/system/node/node" + std::to_string(node);
    tree.write(folder + "/cpulist", node == 0 ? "0-1,4-5" : "2-3,6-7");
    tree.write(folder + "/meminfo",
               "Node 0 MemTotal:       263500000 kB\nNode 0 MemFree:   1024 kB");
    tree.write(folder + "/distance", node == 0 ? "10 32" : "32 10");
  }
}

bool warns_of(const host_assessment& host, const std::string& word) {
  return std::ranges::any_of(warnings_of(host), [&](const host_warning& w) {
    return w.what.find(word) != std::string::npos && !w.remedy.empty();
  });
}

}  // namespace

TEST_CASE("host assessment: memory, CPUs, nodes and kernel settings are read from a tree") {
  const host_tree tree;
  write_big_host(tree);
  const auto host = assess_host(tree.path(), {});
  CHECK(host.memory.total == 527'000'000ULL * 1024);
  CHECK(host.memory.available == 500'000'000ULL * 1024);
  CHECK(host.cpu_model == "AMD EPYC 9655");
  CHECK(host.logical_cpus == 8);
  CHECK(host.physical_cores == 4);
  CHECK(host.avx512 == std::vector<std::string>{"avx512_bf16", "avx512f", "avx512vl"});
  REQUIRE(host.nodes.size() == 2);
  CHECK(host.nodes[1].cpus == std::vector<int>{2, 3, 6, 7});
  CHECK(host.nodes[1].distances == std::vector<int>{32, 10});
  CHECK(host.nodes[1].memory_free == 1024 * 1024);
  REQUIRE(host.memlock);
  CHECK(host.memlock->bytes == 65536U);
  CHECK(host.transparent_huge_pages == "madvise");
  CHECK(host.numa_balancing == true);
  CHECK(host.governors == std::vector<std::string>{"performance", "powersave"});
}

TEST_CASE("host assessment: an empty tree is a host of which little is known, not a failure") {
  const host_tree tree;
  const auto host = assess_host(tree.path(), {{"model_dirs", "/srv/models"}});
  CHECK(host.memory.total == 0);
  CHECK(host.cpu_model.empty());
  CHECK_FALSE(host.flags_known);
  CHECK_FALSE(host.memlock);
  CHECK_FALSE(host.numa_balancing);
  CHECK(host.transparent_huge_pages.empty());
  CHECK(host.governors.empty());
  REQUIRE(host.nodes.size() == 1);
  REQUIRE(host.storage.size() == 1);
  CHECK(host.storage[0].file_system.empty());
  CHECK_FALSE(host.storage[0].rotational);
  CHECK(warnings_of(host).empty());
}

TEST_CASE("host assessment: what slows a host down is named with its remedy") {
  const host_tree tree;
  write_big_host(tree);
  auto host = assess_host(tree.path(), {});
  CHECK(warns_of(host, "64 KiB"));
  CHECK(warns_of(host, "numa_balancing"));
  CHECK(warns_of(host, "powersave"));
  CHECK_FALSE(warns_of(host, "AVX-512"));
  CHECK_FALSE(warns_of(host, "huge pages"));

  host.avx512.clear();
  host.transparent_huge_pages = "never";
  CHECK(warns_of(host, "AVX-512"));
  CHECK(warns_of(host, "huge pages"));
}

TEST_CASE("host assessment: balancing between nodes is harmless where there is one") {
  const host_tree tree;
  write_big_host(tree);
  auto host = assess_host(tree.path(), {});
  host.nodes.pop_back();
  CHECK_FALSE(warns_of(host, "numa_balancing"));
}

TEST_CASE("host assessment: a memlock limit that is unlimited or covers the memory is no problem") {
  const host_tree tree;
  write_big_host(tree);
  auto host = assess_host(tree.path(), {});
  host.memlock->bytes.reset();
  CHECK_FALSE(warns_of(host, "memlock"));
  host.memlock->bytes = host.memory.total;
  CHECK_FALSE(warns_of(host, "memlock"));
}

TEST_CASE("host assessment: a directory's room is its own, or its nearest parent's") {
  const host_tree tree;
  tree.write("srv/models/a.gguf", "x");
  tree.write("proc/self/mountinfo",
             "22 1 259:2 / / rw,relatime - ext4 /dev/nvme0n1p2 rw\n"
             "30 22 8:1 / /srv rw shared:1 master:2 - xfs /dev/sda1 rw");
  tree.write("sys/devices/pci/block/sda/queue/rotational", "1");
  tree.write("sys/devices/pci/block/sda/sda1/partition", "1");
  std::filesystem::create_directories(tree.path() / "sys/dev/block");
  std::filesystem::create_directory_symlink("../../devices/pci/block/sda/sda1",
                                            tree.path() / "sys/dev/block/8:1");
  const auto host =
      assess_host(tree.path(), {{"model_dirs", "/srv/models"}, {"state_dir", "/var/lib/rolecall"}});
  REQUIRE(host.storage.size() == 2);
  CHECK(host.storage[0].exists);
  CHECK(host.storage[0].total.value_or(0) > 0);
  CHECK(host.storage[0].file_system == "xfs");
  CHECK(host.storage[0].rotational == true);
  CHECK(warns_of(host, "/srv/models"));
  CHECK_FALSE(host.storage[1].exists);
  CHECK(host.storage[1].total.value_or(0) > 0);
  CHECK(host.storage[1].file_system == "ext4");
  CHECK_FALSE(host.storage[1].rotational);
}

TEST_CASE("host assessment: of mounts that hold a path the deepest counts, then the latest") {
  constexpr auto text =
      "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
      "2 1 8:2 / /mnt rw - ext4 /dev/sda2 rw\n"
      "3 1 8:3 / /mnt/raid rw - xfs /dev/sda3 rw\n"
      "4 1 8:4 / /mnt/raid rw - btrfs /dev/sda4 rw\n"
      "broken line\n";
  CHECK(find_mount(text, "/mnt/raid/models")->file_system == "btrfs");
  CHECK(find_mount(text, "/mnt/raids")->device == "8:2");
  CHECK(find_mount(text, "/home")->source == "/dev/sda1");
  CHECK_FALSE(find_mount("", "/home"));
}

TEST_CASE("host assessment: texts of the kernel that say nothing are unknown") {
  CHECK(chosen_word("always [never] madvise") == "never");
  CHECK(chosen_word("always never").empty());
  CHECK(chosen_word("[open").empty());
  CHECK_FALSE(parse_avx512("processor : 0"));
  CHECK(parse_avx512("flags : fpu sse")->empty());
  CHECK_FALSE(parse_memlock("Max open files 1024 1024 files"));
  CHECK_FALSE(parse_memlock("Max locked memory unlimited unlimited bytes")->bytes);
}
