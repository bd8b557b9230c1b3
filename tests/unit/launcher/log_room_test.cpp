#include "launcher/log_room.hpp"

#include "tests/support/small_disk.hpp"
#include "tests/unit/registry/temporary_folder.hpp"

#include <filesystem>

#include <doctest/doctest.h>

#include <sys/statvfs.h>

using namespace rolecall::launcher;

namespace {

using rolecall::registry::testing::temporary_folder;
namespace fs = std::filesystem;

}  // namespace

TEST_CASE("log room: 64 MiB are kept free, of a small disk a twentieth") {
  CHECK(least_log_room(1ULL << 40U) == 64U << 20U);
  CHECK(least_log_room(40U << 20U) == 2U << 20U);
}

TEST_CASE("log room: on a disk with room no log is touched") {
  const temporary_folder folder;
  const auto log = folder.write("a.log", std::string(100'000, 'x'));
  struct statvfs disk {};
  REQUIRE(::statvfs(folder.path().c_str(), &disk) == 0);
  const auto room = keep_log_room(folder.path(), {log});
  if (room.is_short()) {
    MESSAGE("skipped: the disk of temporary files is nearly full");
    return;
  }
  CHECK(room.emptied == 0);
  CHECK(fs::file_size(log) == 100'000);
}

TEST_CASE("log room: a disk that gets full loses older logs and large ones, small ones stay") {
  const temporary_folder folder;
  const rolecall::test::small_disk disk(folder.path(), "4m");
  if (!disk.is_mounted()) {
    MESSAGE("skipped: this user may not mount a tmpfs");
    return;
  }
  const auto large = folder.write("a.log", std::string(2U << 20U, 'x'));
  const auto small = folder.write("b.log", "a line\n");
  const auto previous = folder.write("b.log.1", std::string(1'900'000, 'x'));
  const auto strangers = folder.write("c.txt", std::string(80'000, 'x'));
  const auto before = keep_log_room(folder.path(), {large, small});
  CHECK(before.is_short());
  CHECK(before.emptied == 2);
  CHECK(fs::file_size(large) == 0);
  CHECK(fs::file_size(small) == 7);
  CHECK_FALSE(fs::exists(previous));
  CHECK(fs::file_size(strangers) == 80'000);
  const auto after = keep_log_room(folder.path(), {large, small});
  CHECK_FALSE(after.is_short());
  CHECK(after.emptied == 0);
}

TEST_CASE("log room: a disk that takes no new file is short, however much room it has") {
  CHECK_FALSE(log_room{.free = 2, .least = 1}.is_short());
  CHECK(log_room{.free = 2, .least = 1, .takes_files = false}.is_short());

  const temporary_folder folder;
  const rolecall::test::small_disk disk(folder.path(), "64m,nr_inodes=2");
  if (!disk.is_mounted()) {
    MESSAGE("skipped: this user may not mount a tmpfs");
    return;
  }
  CHECK(keep_log_room(folder.path(), {}).takes_files);
  const auto previous = folder.write("a.log.1", "a line\n");
  const auto full = keep_log_room(folder.path(), {folder.path() / "a.log"});
  CHECK(full.is_short());
  CHECK(full.emptied == 1);
  (void)folder.write("filler", "");
  CHECK(keep_log_room(folder.path() / "not made", {}).is_short());
  fs::remove(folder.path() / "filler");
  CHECK_FALSE(keep_log_room(folder.path(), {}).is_short());
}
