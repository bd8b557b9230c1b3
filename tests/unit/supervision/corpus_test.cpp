// The fuzzers' corpora of files in state_dir, read by the ordinary build.

#include "tests/support/corpus.hpp"

#include "tests/fuzz/judgement.hpp"

#include <doctest/doctest.h>

namespace test = rolecall::test;

TEST_CASE("corpus: records and learned footprints are taken or refused as their names say") {
  struct row {
    const char* folder;
    test::judgement (*judge)(std::string_view);
  };
  for (const auto& [folder, judge] :
       {row{"record", test::judge_record}, row{"footprints", test::judge_footprints}}) {
    const auto files = test::corpus(folder);
    CHECK(files.size() >= 10);
    for (const auto& file : files) {
      CAPTURE(std::string{folder});
      CAPTURE(file.name);
      const auto found = judge(file.bytes);
      CHECK(found.valid == file.valid);
      CHECK(found.broken == "");
    }
  }
}
