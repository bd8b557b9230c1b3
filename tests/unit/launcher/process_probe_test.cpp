#include "launcher/process_probe.hpp"

#include <doctest/doctest.h>

#include <unistd.h>

using namespace rolecall::launcher;

namespace {

// pid comm state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime … rss
// …
constexpr auto sample =
    "1234 (llama (x) server) R 1 1234 1234 0 -1 4194304 900 0 17 0 250 50 0 0 20 0 8 0 99 "
    "1073741824 6543 "
    "18446744073709551615 1 1 0 0\n";

}  // namespace

TEST_CASE(
    "process probe: processor time, major faults and resident pages are read behind any name") {
  CHECK(
      parse_progress(sample) ==
      process_progress{.cpu_ticks = 300, .major_faults = 17, .resident_pages = 6543, .state = 'R'});
}

TEST_CASE("process probe: bytes from disks are told apart from bytes read of any kind") {
  CHECK(parse_read_bytes("rchar: 9\nwchar: 8\nsyscr: 7\nsyscw: 6\nread_bytes: 4096\n"
                         "write_bytes: 5\ncancelled_write_bytes: 3\n") == 4096);
  CHECK(parse_read_bytes("") == 0);
}

TEST_CASE("process probe: a text that ends early is none") {
  CHECK_FALSE(parse_progress(""));
  CHECK_FALSE(parse_progress("1234 (x"));
  CHECK_FALSE(parse_progress("1234 (x) R 1 2 3"));
}

TEST_CASE("process probe: a process that computes makes progress") {
  const auto before = read_progress(::getpid());
  REQUIRE(before);
  // Ends with the first tick that the kernel counts for this process.
  volatile unsigned sink = 0;
  while (read_progress(::getpid()) == before)
    for (unsigned i = 0; i < 100000; ++i) sink = sink + i;
  CHECK(read_progress(::getpid()) != before);
}

TEST_CASE("process probe: a process that is gone has none") { CHECK_FALSE(read_progress(-1)); }
