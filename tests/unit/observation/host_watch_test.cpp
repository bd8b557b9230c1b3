#include "orchestrator/observation/host_watch.hpp"

#include "tests/support/temporary_directory.hpp"
#include "tests/unit/observation/scripted_engine.hpp"

#include <fstream>

#include <boost/asio/thread_pool.hpp>
#include <doctest/doctest.h>

#include <sys/resource.h>
#include <unistd.h>

namespace rolecall::observation {

namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;

/// A tree of files as below "/".
struct recorded_host {
  recorded_host() {
    write("proc/meminfo", "MemTotal: 1000 kB\nMemFree: 10 kB\nCached: 90 kB\nShmem: 20 kB");
    write("proc/pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000");
    write("proc/pressure/memory", "some avg10=0.0 total=2000000\nfull avg10=0.0 total=500000");
    write("proc/pressure/io", "some avg10=0.0 total=4000000\nfull avg10=0.0 total=3000000");
    write("proc/loadavg", "0.27 1.16 2.16 1/98 10338");
    write("proc/stat", "cpu  0 0 0 0 0 0 0 0 0 0");
    write("sys/devices/system/node/online", "0");
    write("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal: 8 kB\nNode 0 MemFree: 2 kB");
  }

  test::temporary_directory folder;

 private:
  void write(const std::string& file, const std::string& text) const {
    const auto path = folder.path() / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << '\n';
  }
};

}  // namespace

TEST_CASE("host reading: everything that a host tells") {
  const recorded_host tree;
  const auto& root = tree.folder.path();
  auto host = read_host(root, {.state_dir = root, .log_dir = root / "proc"});
  REQUIRE(host.state_disk);
  CHECK(host.state_disk->bytes > 0);
  CHECK(host.state_disk->free <= host.state_disk->bytes);
  REQUIRE(host.log_disk);
  CHECK(host.log_disk->bytes == host.state_disk->bytes);
  host.state_disk.reset();
  host.log_disk.reset();
  CHECK(host == metrics::host_sample{.memory_bytes = 1000 * 1024,
                                     .page_cache = 70 * 1024,
                                     .cpu_stalled = {.some = 1.5},
                                     .memory_stalled = {.some = 2, .full = 0.5},
                                     .io_stalled = {.some = 4, .full = 3},
                                     .nodes = {{.node = 0, .bytes = 8 * 1024, .free = 2 * 1024}},
                                     .load = metrics::load_averages{0.27, 1.16, 2.16},
                                     .cpu = metrics::cpu_seconds{}});
}

TEST_CASE("host reading: what a host does not tell is absent") {
  const test::temporary_directory root;
  const auto missing = root.path() / "missing";
  CHECK(read_host(root.path(), {.state_dir = missing, .log_dir = missing}) ==
        metrics::host_sample{});
}

TEST_CASE("host reading: this process's open descriptors and their limit") {
  const auto before = read_daemon();
  {
    const std::ifstream one("/dev/null");
    const std::ifstream two("/dev/null");
    CHECK(read_daemon().open_descriptors == before.open_descriptors + 2);
  }
  CHECK(read_daemon().open_descriptors == before.open_descriptors);
  rlimit limit{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  CHECK(before.descriptor_limit.value_or(RLIM_INFINITY) == limit.rlim_cur);
}

TEST_CASE("host reading: what this process has used") {
  const auto before = read_daemon();
  CHECK(before.user_seconds >= 0);
  CHECK(before.system_seconds >= 0);
  CHECK(before.resident_bytes > 1U << 20U);
  CHECK(before.resident_bytes % static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) == 0);
  volatile unsigned sink = 0;
  for (;;) {
    const auto now = read_daemon();
    if (now.user_seconds > before.user_seconds && now.system_seconds > before.system_seconds) break;
    for (unsigned i = 0; i < 1'000'000; ++i) sink = sink + i;
  }
  CHECK(read_daemon().user_seconds > before.user_seconds);
}

TEST_CASE("host watch: host and daemon are told on the loop, read elsewhere, until it is stopped") {
  const recorded_host tree;
  const auto& root = tree.folder.path();
  asio::io_context loop;
  asio::thread_pool pool{1};
  int told = 0;
  const auto on_sample = [&](const metrics::host_sample& host, const metrics::daemon_usage& self) {
    ++told;
    CHECK(loop.get_executor().running_in_this_thread());
    CHECK(host.memory_bytes == 1000 * 1024);
    CHECK(host.log_disk);
    CHECK(self.open_descriptors > 0);
  };
  host_watch watch(loop.get_executor(), pool.get_executor(), root,
                   {.state_dir = root, .log_dir = root}, on_sample, 1ms);
  watch.start();
  REQUIRE(test::run_until(loop, [&] { return told == 3; }));
  watch.stop();
  CHECK(test::runs_out(loop));
  CHECK(told == 3);
}

}  // namespace rolecall::observation
