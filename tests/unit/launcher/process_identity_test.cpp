#include "launcher/process_identity.hpp"

#include <algorithm>
#include <string>

#include <doctest/doctest.h>

#include <unistd.h>

using namespace rolecall::launcher;

namespace {

using words = std::vector<std::string>;

const std::string tail =
    " 1768 0 -1 4194304 4211 0 26 0 4 3 0 0 20 0 11 0 3752464 297488384 8934\n";

}  // namespace

TEST_CASE("process identity: group and start time are read, whatever the process calls itself") {
  for (const std::string name : {"llama-server", "a) S 1 (b", ")", "", "new\nline"})
    CHECK(parse_birth("9107 (" + name + ") S 9099 9097" + tail) ==
          process_birth{.start_time = 3752464, .group = 9097});
}

TEST_CASE("process identity: a process that has ended has none") {
  CHECK_FALSE(parse_birth("9107 (x) Z 9099 9097" + tail));
  CHECK_FALSE(parse_birth("9107 (x) X 9099 9097" + tail));
}

TEST_CASE("process identity: a text that was cut off, or is none, tells nothing") {
  const auto whole = "9107 (x) S 9099 9097" + tail;
  const auto needed = whole.find("3752464");
  for (std::size_t length = 0; length <= needed; ++length)
    CHECK_FALSE(parse_birth(whole.substr(0, length)));
  CHECK_FALSE(parse_birth("9107 (x) S 9099 nine" + tail));
  CHECK_FALSE(parse_birth("9107 (x) S 9099 99999999999999999999" + tail));
}

TEST_CASE("process identity: our own is what /proc tells, and nobody has pid 0") {
  const auto birth = read_birth(::getpid());
  REQUIRE(birth);
  CHECK(birth->group == ::getpgrp());
  CHECK(birth->start_time <= ticks_since_boot());
  CHECK_FALSE(read_boot_id().empty());
  CHECK_FALSE(read_birth(0));
  CHECK_FALSE(read_arguments(::getpid()).empty());
}

TEST_CASE("process identity: an age counts from the start, and is never negative") {
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const auto now = ticks_since_boot();
  REQUIRE(now > ticks);
  CHECK(age_of({"boot", 7, now - ticks}) >= std::chrono::seconds{1});
  CHECK(age_of({"boot", 7, now - ticks}) < std::chrono::hours{1});
  CHECK(age_of({"boot", 7, now + 3600 * ticks}).count() == 0);
}

TEST_CASE("process identity: group leaders are found from a start time on") {
  const auto is_leader = ::getpgrp() == ::getpid();
  const auto birth = read_birth(::getpid());
  REQUIRE(birth);
  const auto self = [](const auto& leader) { return leader.pid == ::getpid(); };
  CHECK(std::ranges::any_of(group_leaders_since(birth->start_time), self) == is_leader);
  CHECK_FALSE(std::ranges::any_of(group_leaders_since(birth->start_time + 1), self));
}

TEST_CASE("process identity: arguments end at zero bytes, empty ones included") {
  using namespace std::string_literals;
  CHECK(parse_arguments("sleep\0"s
                        "1000\0"s) == words{"sleep", "1000"});
  CHECK(parse_arguments("a\0\0b\0"s) == words{"a", "", "b"});
  CHECK(parse_arguments("cut"s) == words{"cut"});
  CHECK(parse_arguments("").empty());
}

TEST_CASE("process identity: a program that replaced the one in front of it is the one launched") {
  const words launched{"/usr/bin/numactl",
                       "--interleave=all",
                       "/usr/bin/llama-server",
                       "--model",
                       "a.gguf",
                       "--port",
                       "8080"};
  CHECK(are_arguments_of(launched, launched));
  CHECK(
      are_arguments_of(launched, {"/usr/bin/llama-server", "--model", "a.gguf", "--port", "8080"}));
  CHECK(are_arguments_of({"/opt/server", "--port", "8080"},
                         {"/bin/sh", "/opt/server", "--port", "8080"}));
}

TEST_CASE("process identity: other arguments, fewer, or none are another process") {
  const words launched{"/usr/bin/llama-server", "--model", "a.gguf", "--port", "8080"};
  CHECK_FALSE(are_arguments_of(launched, {}));
  CHECK_FALSE(are_arguments_of(launched, {"sleep", "8080"}));
  CHECK_FALSE(are_arguments_of(launched, {"/usr/bin/llama-server"}));
  CHECK_FALSE(
      are_arguments_of(launched, {"/usr/bin/llama-server", "--model", "a.gguf", "--port", "8081"}));
  CHECK_FALSE(
      are_arguments_of(launched, {"/usr/bin/llama-server", "--model", "b.gguf", "--port", "8080"}));
  CHECK_FALSE(are_arguments_of(launched, {"/usr/bin/llama-server", "--model", "a.gguf", "--port",
                                          "8080", "--threads", "2"}));
  CHECK_FALSE(are_arguments_of({}, {}));
}
