#include "launcher/host_memory.hpp"

#include "tests/support/temporary_directory.hpp"

#include <fstream>

#include <doctest/doctest.h>

namespace rolecall::launcher {
namespace {

constexpr byte_count kib = 1024;

/// A tree of files as below "/".
class host_tree {
 public:
  void write(const std::string& file, const std::string& text) const {
    const auto path = root() / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << '\n';
  }
  void cgroup(const std::string& folder, const std::string& limit, byte_count current,
              byte_count file, byte_count shmem) const {
    write(folder + "/memory.max", limit);
    write(folder + "/memory.current", std::to_string(current));
    write(folder + "/memory.stat", "anon 5\nfile " + std::to_string(file) + "\nkernel 1\nshmem " +
                                       std::to_string(shmem) + "\nfile_mapped 3");
  }
  [[nodiscard]] const std::filesystem::path& root() const { return directory_.path(); }

 private:
  test::temporary_directory directory_;
};

}  // namespace

TEST_CASE("host memory: what meminfo and the pressure file tell") {
  const host_tree tree;
  tree.write("proc/meminfo",
             "MemTotal:        1000 kB\nMemFree: 10 kB\nMemAvailable:     600 kB\nSwapTotal: 7 kB");
  tree.write("proc/pressure/memory",
             "some avg10=31.00 avg60=1.00 avg300=0.00 total=5\nfull avg10=12.50 avg60=0.00 "
             "avg300=0.00 total=3");
  const auto host = read_host_memory(tree.root());
  CHECK(host.total == 1000 * kib);
  CHECK(host.available == 600 * kib);
  CHECK(host.stalled == doctest::Approx(0.125));
  CHECK_FALSE(host.cgroup);
  CHECK(host.limit() == 1000 * kib);
  CHECK(host.left() == 600 * kib);
  CHECK(host.limited_by() == "the host");
}

TEST_CASE("host memory: the tightest cgroup around the process counts, without droppable cache") {
  const host_tree tree;
  tree.write("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 600 kB");
  tree.write("proc/self/cgroup", "12:cpu:/old\n0::/fleet.slice/rolecalld.service");
  tree.cgroup("sys/fs/cgroup/fleet.slice/rolecalld.service", "max", 1, 0, 0);
  tree.cgroup("sys/fs/cgroup/fleet.slice", std::to_string(500 * kib), 450 * kib, 200 * kib,
              50 * kib);
  const auto host = read_host_memory(tree.root());
  REQUIRE(host.cgroup);
  CHECK(*host.cgroup == cgroup_memory{500 * kib, 200 * kib, "/fleet.slice"});
  CHECK(host.limit() == 500 * kib);
  CHECK(host.left() == 200 * kib);
  CHECK(host.limited_by() == "the cgroup /fleet.slice");
}

TEST_CASE("host memory: another process is limited by its own cgroups") {
  const host_tree tree;
  tree.write("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 600 kB");
  tree.write("proc/self/cgroup", "0::/user.slice");
  tree.write("proc/17/cgroup", "0::/fleet.slice");
  tree.cgroup("sys/fs/cgroup/user.slice", std::to_string(100 * kib), 0, 0, 0);
  tree.cgroup("sys/fs/cgroup/fleet.slice", std::to_string(500 * kib), 0, 0, 0);
  CHECK(read_host_memory(tree.root()).limit() == 100 * kib);
  CHECK(read_host_memory(tree.root(), "17").limit() == 500 * kib);
}

TEST_CASE("host memory: the lowest limit and the least that is left may be of different cgroups") {
  const host_tree tree;
  tree.write("proc/meminfo",
             "MemTotal: 1000 kB\nMemAvailable: 600 kB\nCached: 90 kB\nShmem: 20 kB");
  tree.write("proc/self/cgroup", "0::/fleet.slice/rolecalld.service");
  tree.cgroup("sys/fs/cgroup/fleet.slice/rolecalld.service", "max", 10 * kib, 0, 0);
  tree.write("sys/fs/cgroup/fleet.slice/rolecalld.service/memory.high", std::to_string(300 * kib));
  tree.cgroup("sys/fs/cgroup/fleet.slice", std::to_string(640 * kib), 600 * kib, 0, 0);
  const auto host = read_host_memory(tree.root());
  CHECK(host.limit() == 300 * kib);
  CHECK(host.left() == 40 * kib);
  CHECK(host.limited_by() == "the cgroup /fleet.slice/rolecalld.service");
  CHECK(host.page_cache == 70 * kib);
}

TEST_CASE("host memory: a cgroup that allows more than there is limits nothing") {
  const host_tree tree;
  tree.write("proc/meminfo", "MemTotal: 1000 kB\nMemAvailable: 600 kB");
  tree.write("proc/self/cgroup", "0::/");
  tree.cgroup("sys/fs/cgroup", std::to_string(5000 * kib), 450 * kib, 0, 0);
  const auto host = read_host_memory(tree.root());
  CHECK(host.limit() == 1000 * kib);
  CHECK(host.left() == 600 * kib);
}

TEST_CASE("host memory: a tree that tells nothing is empty, not an error") {
  const host_tree tree;
  const auto host = read_host_memory(tree.root());
  CHECK(host.limit() == 0);
  CHECK(host.left() == 0);
  CHECK(parse_stalled("full avg10=oops") == 0);
}

TEST_CASE("host memory: this host has some") {
  const auto host = read_host_memory("/");
  CHECK(host.limit() > 0);
  CHECK(host.left() > 0);
  CHECK(host.left() <= host.total);
}

}  // namespace rolecall::launcher
