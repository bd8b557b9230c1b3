#include "launcher/log_file.hpp"

#include "tests/integration/launcher/child_case.hpp"

#include <fstream>

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace rolecall::launcher;
using namespace rolecall::launcher::test;
using lines = std::vector<std::string>;

namespace {

void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file) << text;
}

std::filesystem::path older(std::filesystem::path file) { return file += ".1"; }

}  // namespace

TEST_CASE("log file: it is named for its instance") {
  CHECK(log_path("/var/log/rolecall", "embedder-2") == "/var/log/rolecall/embedder-2.log");
}

TEST_CASE("log file: one within the limit stays, and a missing one is no error") {
  child_case c;
  CHECK(rotate_log(c.log, 10, false).has_value());
  write(c.log, "0123456789");
  CHECK(rotate_log(c.log, 10, false).has_value());
  CHECK(rotate_log(c.log, 10, true).has_value());
  CHECK(file_text(c.log) == "0123456789");
  CHECK_FALSE(std::filesystem::exists(older(c.log)));
}

TEST_CASE("log file: a larger one that nobody writes is renamed, and the one before it dropped") {
  child_case c;
  write(older(c.log), "oldest");
  write(c.log, "0123456789");
  CHECK(rotate_log(c.log, 9, false).has_value());
  CHECK_FALSE(std::filesystem::exists(c.log));
  CHECK(file_text(older(c.log)) == "0123456789");
}

TEST_CASE("log file: one in use is emptied under its writer, who goes on at its start") {
  child_case c;
  const auto gate = c.folder / "gate";
  REQUIRE(::mkfifo(gate.c_str(), 0600) == 0);
  auto child = c.start("echo 0123456789; read line < " + gate.string() + "; echo after");
  c.wait_for("0123456789\n");
  CHECK(rotate_log(c.log, 4, true).has_value());
  CHECK(file_text(older(c.log)) == "789\n");
  CHECK(file_text(c.log).empty());
  struct stat copy {};
  REQUIRE(::stat(older(c.log).c_str(), &copy) == 0);
  CHECK((copy.st_mode & 0777U) == 0600U);
  write(gate, "go\n");
  c.wait(child);
  CHECK(file_text(c.log) == "after\n");
}

TEST_CASE("log file: what cannot be rotated is an error with its errno") {
  child_case c;
  write(c.log, "0123456789");
  std::filesystem::create_directories(older(c.log) / "in the way");
  const auto renamed = rotate_log(c.log, 1, false);
  REQUIRE(renamed.has_error());
  CHECK(renamed.error() == boost::system::errc::is_a_directory);
  const auto copied = rotate_log(c.log, 1, true);
  REQUIRE(copied.has_error());
  CHECK(copied.error() == boost::system::errc::is_a_directory);
  CHECK(file_text(c.log) == "0123456789");
}

TEST_CASE("log file: the last lines, oldest first, whether or not the last one is ended") {
  child_case c;
  write(c.log, "one\ntwo\n\nthree\n");
  CHECK(last_lines(c.log, 2) == lines{"", "three"});
  CHECK(last_lines(c.log, 9) == lines{"one", "two", "", "three"});
  write(c.log, "one\r\ntwo");
  CHECK(last_lines(c.log, 2) == lines{"one", "two"});
}

TEST_CASE("log file: there are none of a missing or an empty file, nor when none are wanted") {
  child_case c;
  CHECK(last_lines(c.log, 3).empty());
  write(c.log, "");
  CHECK(last_lines(c.log, 3).empty());
  write(c.log, "x\n");
  CHECK(last_lines(c.log, 0).empty());
  CHECK(last_lines(c.folder, 3).empty());
}

TEST_CASE("log file: a long line is cut at 400 bytes, not within a character") {
  child_case c;
  std::string text(500, 'x');
  write(c.log, text += '\n');
  CHECK(last_lines(c.log, 1) == lines{std::string(400, 'x')});
  text.assign(399, 'x');
  write(c.log, text += "\u00e9\u00e9\u00e9\n");
  CHECK(last_lines(c.log, 1) == lines{std::string(399, 'x')});
}

TEST_CASE("log file: of a large one only the end is read, and no line that is cut in front") {
  child_case c;
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "line " + std::to_string(i) + "\n";
  write(c.log, text);
  const auto all = last_lines(c.log, 100000);
  CHECK(all.size() < 8000);
  CHECK(all.back() == "line 19999");
  CHECK(all.front() == "line " + std::to_string(20000 - all.size()));
}
