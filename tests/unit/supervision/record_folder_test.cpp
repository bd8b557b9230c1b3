#include "orchestrator/supervision/record_folder.hpp"

#include "tests/support/temporary_directory.hpp"

#include <chrono>
#include <fstream>
#include <future>
#include <optional>
#include <utility>

#include <doctest/doctest.h>

using namespace rolecall;
using namespace rolecall::supervision;

namespace {

instance_record record_of(const std::string& instance, int pid) {
  return {.instance = instance,
          .role = instance,
          .process = {"boot", pid, 17},
          .argv = {"server", "--port", "8080"},
          .environment = {},
          .port = 8080,
          .model = {},
          .served = {},
          .log = {}};
}

struct folder_case {
  test::temporary_directory parent;
  std::filesystem::path folder = record_folder_in(parent.path());
  std::vector<std::string> problems;
  std::optional<record_folder> records{std::in_place, folder, [this](const std::string& p) {
                                         if (!p.empty()) problems.push_back(p);
                                       }};

  /// After everything that was asked for has been done.
  records_read read() {
    records.reset();
    return read_records(folder);
  }
};

}  // namespace

TEST_CASE("record folder: announced and written records are read, removed ones are not") {
  folder_case c;
  c.records->announce(record_of("b", 0));
  c.records->announce(record_of("a", 0));
  c.records->write(record_of("a", 5));
  c.records->write(record_of("c", 7));
  c.records->remove(record_of("c", 7));
  const auto read = c.read();
  REQUIRE(read.records.size() == 2);
  CHECK(read.records[0] == record_of("a", 5));
  CHECK(read.records[1] == record_of("b", 0));
  CHECK(read.problems.empty());
  CHECK(c.problems.empty());
}

TEST_CASE("record folder: a write that is outdated when its turn comes leaves what came later") {
  for (int i = 0; i < 50; ++i) {
    folder_case c;
    c.records->write(record_of("a", 5));
    c.records->announce(record_of("a", 0));
    const auto read = c.read();
    REQUIRE(read.records.size() == 1);
    CHECK(read.records.front().process.pid == 0);
  }
}

TEST_CASE("record folder: files that are no records are named, and left where they are") {
  folder_case c;
  c.records->write(record_of("a", 5));
  c.records.reset();
  std::ofstream(c.folder / "torn@8080.json") << "{\"format\":1,";
  std::ofstream(c.folder / "other@8080.json") << to_json(record_of("a", 5));
  std::ofstream(c.folder / "a@8080.json.new") << "half";
  const auto read = read_records(c.folder);
  REQUIRE(read.records.size() == 1);
  CHECK(read.problems.size() == 2);
  CHECK(std::filesystem::exists(c.folder / "torn@8080.json"));
}

TEST_CASE("record folder: what could not be written is tried again until it is, unless outdated") {
  const test::temporary_directory parent;
  const auto folder = parent.path() / "instances";
  std::ofstream(folder) << "in the way";
  std::promise<void> refused;
  std::promise<void> written;
  const auto on_outcome = [&, was_refused = false, was_written = false](const auto& p) mutable {
    if (p.starts_with("cannot create " + (folder / "kept@8080.json.new").string()) &&
        !std::exchange(was_refused, true))
      refused.set_value();
    if (p.empty() && !std::exchange(was_written, true)) written.set_value();
  };
  {
    record_folder records(folder, on_outcome, std::chrono::milliseconds{1});
    records.write(record_of("gone", 4));
    records.remove(record_of("gone", 4));
    records.write(record_of("kept", 5));
    refused.get_future().wait();
    std::filesystem::remove(folder);
    written.get_future().wait();
  }
  const auto read = read_records(folder);
  REQUIRE(read.records.size() == 1);
  CHECK(read.records.front() == record_of("kept", 5));
}

TEST_CASE("record folder: what could not be written is tried once more at the end") {
  const test::temporary_directory parent;
  const auto folder = parent.path() / "instances";
  std::ofstream(folder) << "in the way";
  std::promise<void> refused;
  {
    const auto on_outcome = [&, told = 0](const auto&) mutable {
      if (++told == 2) refused.set_value();  // the folder, then the record
    };
    record_folder records(folder, on_outcome, std::chrono::hours{1});
    records.write(record_of("a", 5));
    refused.get_future().wait();
    std::filesystem::remove(folder);
  }
  CHECK(read_records(folder).records.size() == 1);
}

TEST_CASE("record folder: a folder that cannot be read is told, not taken for no records") {
  const test::temporary_directory parent;
  std::ofstream(parent.path() / "instances") << "in the way";
  const auto read = read_records(parent.path() / "instances");
  REQUIRE(read.problems.size() == 1);
  CHECK(read.problems.front().starts_with("cannot read "));
}

TEST_CASE("record folder: no folder is no records, and a folder that cannot be is told") {
  const test::temporary_directory parent;
  CHECK(read_records(parent.path() / "none").records.empty());
  std::ofstream(parent.path() / "instances") << "in the way";
  std::vector<std::string> problems;
  {
    record_folder records(parent.path() / "instances" / "x",
                          [&](const std::string& p) { problems.push_back(p); });
    records.announce(record_of("a", 0));
    records.remove(record_of("a", 0));
  }
  REQUIRE(problems.size() == 2);
  CHECK(problems[1].starts_with("cannot create " +
                                (parent.path() / "instances/x/a@8080.json").string()));
}
