#include "launcher/node_memory.hpp"

#include "tests/support/temporary_directory.hpp"

#include <fstream>

#include <doctest/doctest.h>

#include <unistd.h>

using namespace rolecall::launcher;

namespace {

void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file) << text << '\n';
}

}  // namespace

TEST_CASE("node memory: total and free of a node, whatever its number") {
  CHECK(
      parse_node_memory(12,
                        "Node 12 MemTotal:       17393880 kB\nNode 12 MemFree:        14774568 kB\n"
                        "Node 12 MemUsed:         2619312 kB\n") ==
      node_memory{.node = 12, .bytes = 17393880ULL * 1024, .free = 14774568ULL * 1024});
  CHECK_FALSE(parse_node_memory(0, ""));
  CHECK_FALSE(parse_node_memory(0, "Node 0 MemTotal: 5 kB"));
}

TEST_CASE("node memory: every node that is online and has memory") {
  const rolecall::test::temporary_directory root;
  const auto folder = root.path() / "sys/devices/system/node";
  write(folder / "online", "0-1,3");
  write(folder / "node0/meminfo", "Node 0 MemTotal: 8 kB\nNode 0 MemFree: 2 kB");
  write(folder / "node1/meminfo", "Node 1 MemTotal: 0 kB\nNode 1 MemFree: 0 kB");  // CPUs alone
  write(folder / "node2/meminfo", "Node 2 MemTotal: 8 kB\nNode 2 MemFree: 2 kB");  // offline
  write(folder / "node3/meminfo", "Node 3 MemTotal: 4 kB\nNode 3 MemFree: 1 kB");
  CHECK(read_node_memory(root.path()) ==
        std::vector<node_memory>{{0, 8 * 1024, 2 * 1024}, {3, 4 * 1024, 1024}});
}

TEST_CASE("node memory: a kernel that knows no nodes has none") {
  const rolecall::test::temporary_directory root;
  CHECK(read_node_memory(root.path()).empty());
}

TEST_CASE("node memory: a process's pages are added up by node, each of its mapping's size") {
  constexpr auto sample =
      "56141e7eb000 interleave:0-1 file=/usr/bin/llama-server mapped=3 N0=1 N1=2 "
      "kernelpagesize_kB=4\n"
      "5614300b0000 interleave:0-1 heap anon=1397 dirty=1397 active=0 N1=1397 kernelpagesize_kB=4\n"
      "7f3e50021000 default\n"
      "7f3e66207000 default file=/models/N7=9\\040N0=5.gguf mapped=5 mapmax=2 N0=5 "
      "kernelpagesize_kB=4\n"
      "7f3e80000000 bind:0 file=/anon_hugepage\\040(deleted) huge anon=3 dirty=3 N0=3 "
      "kernelpagesize_kB=2048\n";
  CHECK(parse_node_shares(sample) ==
        std::vector<node_share>{{0, (1 + 5) * 4096ULL + 3 * (2048ULL << 10U)},
                                {1, (2 + 1397) * 4096ULL}});
}

TEST_CASE("node memory: words that are no node's are passed over") {
  CHECK(parse_node_shares("").empty());
  CHECK(parse_node_shares("7f00 default N0 N=5 Nx=5 N-1=5 N1=x N2=0 kernelpagesize_kB=4").empty());
  CHECK(parse_node_shares("7f00 default N0=5").empty());
}

TEST_CASE("node memory: this process's pages are somewhere") {
  if (!std::filesystem::exists("/proc/self/numa_maps")) return;  // a kernel without nodes
  const auto shares = read_node_shares(::getpid());
  REQUIRE(shares);
  std::uint64_t sum = 0;
  for (const auto& share : *shares) sum += share.bytes;
  CHECK(sum >= 1U << 20U);
}

TEST_CASE("node memory: a process that is gone has no pages") { CHECK_FALSE(read_node_shares(-1)); }
