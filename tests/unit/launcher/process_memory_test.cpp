#include "launcher/process_memory.hpp"

#include <vector>

#include <doctest/doctest.h>

#include <unistd.h>

namespace rolecall::launcher {

TEST_CASE("process memory: the parts of smaps_rollup") {
  const auto memory = parse_process_memory(
      "55d0-7ffc ---p 00000000 00:00 0                          [rollup]\n"
      "Rss:               30000 kB\nPss:               20000 kB\nPss_Dirty:         9000 kB\n"
      "Pss_Anon:           9000 kB\nPss_File:          10900 kB\nPss_Shmem:           100 kB\n"
      "Anonymous:          9100 kB\nSwap:                 70 kB\nSwapPss:              60 kB\n");
  REQUIRE(memory);
  CHECK(*memory == process_memory{.pss = 20000 * 1024,
                                  .anon = 9000 * 1024,
                                  .file = 10900 * 1024,
                                  .shmem = 100 * 1024,
                                  .swapped = 60 * 1024});
  CHECK(memory->private_bytes() == 9160 * 1024);
}

TEST_CASE("process memory: an old kernel tells anonymous memory only, and a wrong text nothing") {
  const auto memory = parse_process_memory("Rss: 9 kB\nPss: 7 kB\nAnonymous: 5 kB\nSwapPss: 1 kB");
  REQUIRE(memory);
  CHECK(memory->anon == 5 * 1024);
  CHECK(memory->file == 0);
  CHECK_FALSE(parse_process_memory(""));
  CHECK_FALSE(parse_process_memory("SwapPss: 1 kB"));
  CHECK_FALSE(parse_process_memory("Pss: x"));
}

TEST_CASE("process memory: what this process touches shows as anonymous") {
  const auto before = read_process_memory(::getpid());
  REQUIRE(before);
  const std::vector<char> touched(64 << 20, 'x');
  const auto after = read_process_memory(::getpid());
  REQUIRE(after);
  CHECK(touched.back() == 'x');
  CHECK(after->anon >= before->anon + (60 << 20));
}

TEST_CASE("process memory: what a process holds that no file stands behind") {
  CHECK(parse_held_bytes("Name:\tx\nVmRSS:\t 90 kB\nRssAnon:\t 40 kB\nRssFile:\t 49 kB\n"
                         "RssShmem:\t 1 kB\nVmSwap:\t 3 kB\n") == 44 * 1024);
  CHECK(parse_held_bytes("") == 0);
  CHECK(read_held_bytes(::getpid()) > 0);
}

TEST_CASE("process memory: a process that is gone has none") {
  CHECK_FALSE(read_process_memory(1 << 30));
  CHECK(read_held_bytes(1 << 30) == 0);
}

}  // namespace rolecall::launcher
