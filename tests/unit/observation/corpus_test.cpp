// The fuzzer's corpus of engines' metrics, read by the ordinary build.

#include "tests/support/corpus.hpp"

#include "tests/fuzz/judgement.hpp"

#include <doctest/doctest.h>

namespace test = rolecall::test;

TEST_CASE("corpus: metrics of engines are taken or refused as their names say") {
  const auto files = test::corpus("metrics");
  CHECK(files.size() >= 30);
  for (const auto& file : files) {
    CAPTURE(file.name);
    const auto found = test::judge_metrics(file.bytes);
    CHECK(found.valid == file.valid);
    CHECK(found.broken == "");
  }
}
