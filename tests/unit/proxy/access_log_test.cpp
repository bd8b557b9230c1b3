#include "orchestrator/proxy/access_log.hpp"

#include "tests/support/file_text.hpp"
#include "tests/support/small_disk.hpp"
#include "tests/support/temporary_directory.hpp"

#include <fstream>
#include <system_error>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace rolecall;
using namespace rolecall::proxy;
using rolecall::test::file_text;

namespace {

std::string line_of(std::string_view id) {
  std::string line;
  append_line(line, {.request_id = id});
  return line;
}

bool counts_dropped(const metrics::catalogue& metrics, const std::string& lines) {
  return metrics.text().find("\nrolecall_access_log_dropped_total " + lines + "\n") !=
         std::string::npos;
}

}  // namespace

TEST_CASE("access log: lines are appended in order to a file that only its owner reads") {
  const rolecall::test::temporary_directory folder;
  const auto file = folder.path() / "access.log";
  metrics::catalogue metrics;
  for (const auto* id : {"one", "two"}) {
    access_log log(file, metrics);
    log.write({.request_id = id});
    log.write({.request_id = id});
  }
  CHECK(file_text(file) == line_of("one") + line_of("one") + line_of("two") + line_of("two"));
  struct stat made {};
  REQUIRE(::stat(file.c_str(), &made) == 0);
  CHECK((made.st_mode & 0777) == 0600);
  CHECK(counts_dropped(metrics, "0"));
}

TEST_CASE("access log: a flush waits until the lines are in the file") {
  const rolecall::test::temporary_directory folder;
  const auto file = folder.path() / "access.log";
  metrics::catalogue metrics;
  access_log log(file, metrics);
  log.write({.request_id = "one"});
  log.flush();
  CHECK(file_text(file) == line_of("one"));
}

TEST_CASE("access log: a file that was moved away is begun anew on request") {
  const rolecall::test::temporary_directory folder;
  const auto file = folder.path() / "access.log";
  const auto moved = folder.path() / "access.log.1";
  metrics::catalogue metrics;
  access_log log(file, metrics);
  log.write({.request_id = "one"});
  std::filesystem::rename(file, moved);
  log.write({.request_id = "two"});
  log.flush();
  log.reopen();
  log.flush();
  log.write({.request_id = "three"});
  log.flush();
  CHECK(file_text(moved) == line_of("one") + line_of("two"));
  CHECK(file_text(file) == line_of("three"));
}

TEST_CASE("access log: when the new file cannot be opened, the old one goes on") {
  const rolecall::test::temporary_directory folder;
  const auto file = folder.path() / "access.log";
  const auto moved = folder.path() / "access.log.1";
  metrics::catalogue metrics;
  access_log log(file, metrics);
  std::filesystem::rename(file, moved);
  std::filesystem::create_directory(file);
  log.reopen();
  log.flush();
  log.write({.request_id = "one"});
  log.flush();
  CHECK(file_text(moved) == line_of("one"));
}

TEST_CASE("access log: lines that the disk does not take are counted") {
  metrics::catalogue metrics;
  access_log log("/dev/full", metrics);
  log.write({.request_id = "one"});
  log.write({.request_id = "two"});
  log.flush();
  CHECK(counts_dropped(metrics, "2"));
}

TEST_CASE("access log: a disk that takes no new file costs lines, until it takes one") {
  const rolecall::test::temporary_directory folder;
  const rolecall::test::small_disk disk(folder.path(), "1m,nr_inodes=2");
  if (!disk.is_mounted()) {
    MESSAGE("skipped: this user may not mount a tmpfs");
    return;
  }
  const auto filler = folder.path() / "filler";
  std::ofstream(filler) << "";
  const auto file = folder.path() / "access.log";
  metrics::catalogue metrics;
  access_log log(file, metrics);
  log.write({.request_id = "one"});
  log.flush();
  log.reopen();
  log.flush();
  CHECK(counts_dropped(metrics, "1"));
  std::filesystem::remove(filler);
  log.write({.request_id = "two"});
  log.flush();
  CHECK(file_text(file) == line_of("two"));
  CHECK(counts_dropped(metrics, "1"));
}

TEST_CASE("access log: a file that cannot be opened is an error with its name") {
  metrics::catalogue metrics;
  const auto open = [&] { const access_log log("/nowhere/access.log", metrics); };
  CHECK_THROWS_WITH_AS(open(),
                       "cannot open the access log /nowhere/access.log: No such file or directory",
                       std::system_error);
}

TEST_CASE("access log: many threads write whole lines, and none is lost uncounted") {
  const rolecall::test::temporary_directory folder;
  const auto file = folder.path() / "access.log";
  metrics::catalogue metrics;
  constexpr std::size_t threads = 4;
  constexpr std::size_t rounds = 2000;
  {
    access_log log(file, metrics);
    std::vector<std::jthread> writers;
    for (std::size_t t = 0; t < threads; ++t)
      writers.emplace_back([&] {
        for (std::size_t i = 0; i < rounds; ++i) log.write({.request_id = "same"});
      });
  }
  // 8000 lines of some 260 bytes are less than what may wait.
  CHECK(counts_dropped(metrics, "0"));
  const auto text = file_text(file);
  const auto line = line_of("same");
  REQUIRE(text.size() == threads * rounds * line.size());
  for (std::size_t at = 0; at < text.size(); at += line.size())
    if (text.compare(at, line.size(), line) != 0) FAIL("a broken line");
}
