#include "launcher/oom_kill.hpp"

#include "tests/support/temporary_directory.hpp"

#include <fstream>

#include <doctest/doctest.h>

using namespace rolecall::launcher;
using namespace std::chrono_literals;
using rolecall::test::temporary_directory;

namespace {

constexpr auto record =
    "6,1234,5678901,-;Memory cgroup out of memory: Killed process 42 (llama-server) "
    "total-vm:1024kB, anon-rss:512kB\n SUBSYSTEM=memory\n";

/// A host whose process 42 lives in a cgroup of its own.
struct recorded_host {
  temporary_directory folder;

  recorded_host() {
    write("proc/42/cgroup", "0::/rolecall.slice/frontdoor\n");
    kills(3);
  }
  void write(const std::filesystem::path& file, const std::string& text) const {
    std::filesystem::create_directories((folder.path() / file).parent_path());
    std::ofstream(folder.path() / file) << text;
  }
  void kills(int count) const {
    write(
        "sys/fs/cgroup/rolecall.slice/frontdoor/memory.events",
        "low 0\nhigh 7\nmax 9\noom 5\noom_kill " + std::to_string(count) + "\noom_group_kill 0\n");
  }
};

}  // namespace

TEST_CASE("OOM kill: the path of a cgroup is read beside those of version 1") {
  CHECK(parse_cgroup_path("0::/a/b") == "/a/b");
  CHECK(parse_cgroup_path("9:name=systemd:/x\n4:memory:/y\n0::/z\n") == "/z");
  CHECK_FALSE(parse_cgroup_path("4:memory:/y\n"));
  CHECK_FALSE(parse_cgroup_path(""));
}

TEST_CASE("OOM kill: kills are counted apart from near misses") {
  CHECK(parse_oom_kills("oom 5\noom_kill 2\noom_group_kill 1\n") == 2);
  CHECK_FALSE(parse_oom_kills("oom 5\n"));
}

TEST_CASE("OOM kill: a record of the kernel's log counts for its process and since its start") {
  CHECK(parse_kill_record(record, 42, 5678901us) ==
        "Memory cgroup out of memory: Killed process 42 (llama-server) total-vm:1024kB, "
        "anon-rss:512kB");
  CHECK_FALSE(parse_kill_record(record, 4, 0us));
  CHECK_FALSE(parse_kill_record(record, 42, 5678902us));
  CHECK_FALSE(parse_kill_record("6,1,2,-;usb 1-1: new device\n", 42, 0us));
  CHECK_FALSE(parse_kill_record("garbage", 42, 0us));
  CHECK_FALSE(parse_kill_record("6;Killed process 42 (x)", 42, 0us));
}

TEST_CASE("OOM kill: a count that grew since the beginning is evidence") {
  const recorded_host host;
  oom_watch watch(host.folder.path());
  watch.begin(42);
  CHECK(watch.evidence().empty());
  host.kills(4);
  CHECK(watch.evidence() ==
        "the kernel killed in the cgroup /rolecall.slice/frontdoor for its memory");
}

TEST_CASE("OOM kill: in a group that many share, a kill of long ago was another's") {
  const recorded_host host;
  oom_watch watch(host.folder.path());
  watch.begin(42);
  host.kills(4);
  watch.look();
  CHECK_FALSE(watch.evidence().empty());  // it may take a while to end
  watch.look();
  CHECK(watch.evidence().empty());
}

TEST_CASE("OOM kill: in a group that many share, a kernel's log that can be read decides") {
  const recorded_host host;
  host.write("dev/kmsg",
             "6,1,9000000000000000,-;Out of memory: Killed process 43 (llama-server)\n");
  oom_watch watch(host.folder.path());
  watch.begin(42);
  host.kills(4);
  CHECK(watch.evidence().empty());
}

TEST_CASE("OOM kill: the count of a group of its own needs no log, however long ago it began") {
  const recorded_host host;
  host.write("dev/kmsg", "6,1,2,-;usb 1-1: new device\n");
  oom_watch watch(host.folder.path());
  watch.begin(42, host.folder.path() / "sys/fs/cgroup/rolecall.slice/frontdoor");
  watch.look();
  host.kills(4);
  watch.look();
  watch.look();
  CHECK_FALSE(watch.evidence().empty());
}

TEST_CASE("OOM kill: the kernel's log names the process where it may be read") {
  const recorded_host host;
  oom_watch watch(host.folder.path());
  watch.begin(42);
  // A file gives all of it in one read, a device one record at a time.
  const std::string late = "6,1,9000000000000000,-;Out of memory: Killed process 42 (llama-server)";
  host.write("dev/kmsg", late + "\n");
  CHECK(watch.evidence() ==
        "the kernel's log says: Out of memory: Killed process 42 (llama-server)");
}

TEST_CASE("OOM kill: a host that tells nothing gives no evidence") {
  const temporary_directory nothing;
  oom_watch watch(nothing.path());
  CHECK(watch.evidence().empty());
  watch.begin(42);
  CHECK(watch.evidence().empty());
}
