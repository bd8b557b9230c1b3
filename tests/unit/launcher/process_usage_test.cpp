#include "launcher/process_usage.hpp"

#include <thread>

#include <doctest/doctest.h>

#include <unistd.h>

using namespace rolecall::launcher;

TEST_CASE("process usage: processor time, major faults and threads are read behind any name") {
  // pid comm state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime
  // cutime cstime priority nice threads …
  constexpr auto sample =
      "1234 (llama (x) server) R 1 1234 1234 0 -1 4194304 900 0 17 3 250 50 7 8 20 0 96 0 99 "
      "1073\n";
  CHECK(
      parse_process_usage(sample, 100) ==
      process_usage{.user_seconds = 2.5, .system_seconds = 0.5, .major_faults = 17, .threads = 96});
}

TEST_CASE("process usage: a text that ends early is none") {
  CHECK_FALSE(parse_process_usage("", 100));
  CHECK_FALSE(parse_process_usage("1234 (x", 100));
  CHECK_FALSE(parse_process_usage("1234 (x) R 1 1 1 0 -1 4 9 0 17 3 250 50 7 8 20 0", 100));
  CHECK_FALSE(parse_process_usage("1234 (x) R 1 1 1 0 -1 4 9 0 17 3 250 50 7 8 20 0 x", 100));
}

TEST_CASE("process usage: this process counts its threads and what they compute") {
  const auto alone = read_process_usage(::getpid());
  REQUIRE(alone);
  std::thread worker([&] {
    const auto before = read_process_usage(::getpid());
    CHECK(before->threads >= 2);
    // Ends with the first tick that the kernel counts for this thread.
    volatile unsigned sink = 0;
    while (read_process_usage(::getpid())->user_seconds == before->user_seconds)
      for (unsigned i = 0; i < 1'000'000; ++i) sink = sink + i;
  });
  worker.join();
  CHECK(read_process_usage(::getpid())->user_seconds > alone->user_seconds);
}

TEST_CASE("process usage: a process that is gone has none") { CHECK_FALSE(read_process_usage(-1)); }
