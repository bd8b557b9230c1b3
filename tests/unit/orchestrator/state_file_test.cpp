#include "orchestrator/state_file.hpp"

#include "tests/support/temporary_directory.hpp"

#include <fstream>

#include <doctest/doctest.h>

#include <sys/stat.h>

namespace rolecall {

TEST_CASE(
    "state file: what was written is read, by the owner alone, and nothing is left beside it") {
  const test::temporary_directory folder;
  const auto file = folder.path() / "learned.json";
  REQUIRE(write_state_file(file, "one").empty());
  REQUIRE(write_state_file(file, "two").empty());
  const auto text = read_state_file(file);
  REQUIRE(text);
  CHECK(*text == "two");
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777U) == 0600U);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("state file: a missing file is empty") {
  const test::temporary_directory folder;
  const auto text = read_state_file(folder.path() / "none");
  REQUIRE(text);
  CHECK(text->empty());
}

TEST_CASE("state file: failures name the file and the reason") {
  const test::temporary_directory folder;
  CHECK(write_state_file(folder.path() / "no" / "x", "text") ==
        "cannot create " + (folder.path() / "no" / "x.new").string() +
            ": No such file or directory");
  const auto text = read_state_file(folder.path());
  REQUIRE_FALSE(text);
  CHECK(text.error() == "cannot read " + folder.path().string() + ": Is a directory");
}

}  // namespace rolecall
