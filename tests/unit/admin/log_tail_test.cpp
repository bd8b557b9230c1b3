#include "orchestrator/admin/log_tail.hpp"

#include <fstream>

#include <doctest/doctest.h>

#include <stdlib.h>

namespace {

using rolecall::admin::line_prefixer;
using rolecall::admin::log_tail;

struct temporary_log {
  temporary_log() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rolecall-log-XXXXXX").string();
    directory = ::mkdtemp(pattern.data());
    file = directory / "frontdoor.log";
  }
  ~temporary_log() { std::filesystem::remove_all(directory); }

  void append(const std::string& text) const { std::ofstream{file, std::ios::app} << text; }

  std::filesystem::path directory;
  std::filesystem::path file;
};

}  // namespace

TEST_CASE("admin log: the last lines are read, oldest first") {
  const temporary_log log;
  log.append("one\ntwo\nthree\n");
  CHECK(log_tail{log.file}.last(2) == "two\nthree\n");
  CHECK(log_tail{log.file}.last(3) == "one\ntwo\nthree\n");
  CHECK(log_tail{log.file}.last(99) == "one\ntwo\nthree\n");
  CHECK(log_tail{log.file}.last(0).empty());
  log.append("unfinished");
  CHECK(log_tail{log.file}.last(1) == "unfinished");
  CHECK(log_tail{log.file}.last(2) == "three\nunfinished");
}

TEST_CASE("admin log: a file that does not exist is empty, and followed once it does") {
  const temporary_log log;
  log_tail tail{log.file};
  CHECK(tail.last(5).empty());
  CHECK(tail.more().empty());
  log.append("first\n");
  CHECK(tail.more() == "first\n");
  CHECK(tail.replacements() == 1);
}

TEST_CASE("admin log: following goes on where the last lines ended, each byte once") {
  const temporary_log log;
  log.append("one\n");
  log_tail tail{log.file};
  CHECK(tail.last(1) == "one\n");
  CHECK(tail.more().empty());
  log.append("two\nthr");
  CHECK(tail.more() == "two\nthr");
  log.append("ee\n");
  CHECK(tail.more() == "ee\n");
}

TEST_CASE("admin log: a file that was truncated or replaced is read from its beginning") {
  const temporary_log log;
  log.append("a long first line\n");
  log_tail tail{log.file};
  CHECK(tail.last(1) == "a long first line\n");
  std::ofstream{log.file, std::ios::trunc} << "short\n";
  CHECK(tail.more() == "short\n");
  CHECK(tail.replacements() == 0);
  std::filesystem::rename(log.file, log.directory / "frontdoor.log.1");
  log.append("a new file, longer than the old one\n");
  CHECK(tail.more() == "a new file, longer than the old one\n");
  CHECK(tail.replacements() == 1);
}

TEST_CASE("admin log: what one call reads is bounded, and begins with a whole line") {
  const temporary_log log;
  const std::string line(999, 'x');
  std::string text;
  for (int i = 0; i < 1500; ++i) text += line + "\n";
  log.append(text);
  log_tail tail{log.file};
  const auto last = tail.last(rolecall::admin::log_tail::most_bytes);
  CHECK(last.size() <= log_tail::most_bytes);
  CHECK(last.size() % 1000 == 0);
  CHECK(last.size() > log_tail::most_bytes - 1000);
  log.append(text);
  CHECK(tail.more().size() == log_tail::most_bytes);
  CHECK(tail.more().size() == text.size() - log_tail::most_bytes);
}

TEST_CASE("admin log: only regular files are read") {
  const temporary_log log;
  std::filesystem::create_directory(log.file);
  CHECK(log_tail{log.file}.last(5).empty());
}

TEST_CASE("admin log: lines of several instances carry their names, whole lines only") {
  line_prefixer prefixer{"embedder-2"};
  CHECK(prefixer.prefixed("one\ntw") == "embedder-2: one\n");
  CHECK(prefixer.prefixed("o\n\nthree") == "embedder-2: two\nembedder-2: \n");
  CHECK(prefixer.rest() == "embedder-2: three\n");
  CHECK(prefixer.rest().empty());
}
