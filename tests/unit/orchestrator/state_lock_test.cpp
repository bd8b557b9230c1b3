#include "orchestrator/state_lock.hpp"

#include "tests/support/small_disk.hpp"
#include "tests/support/temporary_directory.hpp"

#include <fstream>
#include <optional>

#include <doctest/doctest.h>

#include <unistd.h>

namespace rolecall {

TEST_CASE("state lock: whoever comes second is told who holds it, until it is given up") {
  const test::temporary_directory folder;
  std::optional<state_lock> first;
  {
    auto taken = state_lock::take(folder.path());
    REQUIRE(taken.has_value());
    first = *std::move(taken);
  }
  const auto second = state_lock::take(folder.path());
  REQUIRE_FALSE(second.has_value());
  CHECK(second.error() == "cannot lock host.state_dir " + folder.path().string() +
                              ": rolecalld with pid " + std::to_string(::getpid()) +
                              " uses it; stop that one, or give this one a state_dir of its own");
  first.reset();
  CHECK(state_lock::take(folder.path()).has_value());
}

TEST_CASE("state lock: on a disk that takes no new file it holds all the same") {
  const test::temporary_directory folder;
  const test::small_disk disk(folder.path(), "1m,nr_inodes=2");
  if (!disk.is_mounted()) {
    MESSAGE("skipped: this user may not mount a tmpfs");
    return;
  }
  std::ofstream(folder.path() / "filler") << "";
  const auto first = state_lock::take(folder.path());
  REQUIRE_MESSAGE(first.has_value(), first.error());
  CHECK_FALSE(state_lock::take(folder.path()).has_value());
  // Against one that may make the file, too.
  std::filesystem::remove(folder.path() / "filler");
  CHECK_FALSE(state_lock::take(folder.path()).has_value());
}

TEST_CASE("state lock: a folder that is not there is told") {
  const test::temporary_directory folder;
  const auto taken = state_lock::take(folder.path() / "none");
  REQUIRE_FALSE(taken.has_value());
  CHECK(taken.error() == "cannot lock host.state_dir " + (folder.path() / "none").string() +
                             ": No such file or directory");
}

}  // namespace rolecall
