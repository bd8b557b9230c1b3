// The fuzzers' corpus, read by the ordinary build: what a file's name says of it stays true.

#include "tests/support/corpus.hpp"

#include "registry/check.hpp"
#include "registry/model_summary.hpp"

#include <sstream>

#include <doctest/doctest.h>

using namespace rolecall::registry;
using rolecall::test::corpus;
using rolecall::test::corpus_file;

TEST_CASE("corpus: GGUF headers are read or refused as their names say") {
  const auto files = corpus("gguf");
  CHECK(files.size() >= 10);
  for (const corpus_file& file : files) {
    CAPTURE(file.name);
    std::istringstream stream(file.bytes);
    auto header = parse_gguf(stream, file.bytes.size());
    CHECK(header.has_value() == file.valid);
    if (!header) {
      CHECK(!header.error().empty());
      continue;
    }
    model_files model;
    model.header = *std::move(header);
    CHECK(summarise(model).active_parameters <= summarise(model).parameters);
  }
}

TEST_CASE("corpus: registries are read or refused as their names say") {
  const auto files = corpus("registry_yaml");
  CHECK(files.size() >= 5);
  for (const corpus_file& file : files) {
    CAPTURE(file.name);
    const auto result = check_offline(read(file.bytes, "r.yaml"));
    CHECK(result.value.has_value() == file.valid);
    CHECK(has_errors(result.notes) != file.valid);
  }
}
