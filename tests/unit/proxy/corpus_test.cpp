// The fuzzers' corpora, read by the ordinary build: what a file's name says of it stays true, and
// no rule is broken.

#include "tests/support/corpus.hpp"

#include "tests/fuzz/judgement.hpp"

#include <doctest/doctest.h>

namespace test = rolecall::test;

TEST_CASE("corpus: bodies, forms, calls, requests, answers and tokens are as their names say") {
  struct row {
    const char* folder;
    test::judgement (*judge)(std::string_view);
  };
  for (const auto& [folder, judge] :
       {row{"body", test::judge_body}, row{"form", test::judge_form},
        row{"ollama", test::judge_ollama}, row{"request", test::judge_request},
        row{"response", test::judge_response}, row{"tokens", test::judge_tokens}}) {
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
