#include "registry/suggestion.hpp"

#include <doctest/doctest.h>

using namespace rolecall::registry;

TEST_CASE("suggestion: the nearest word within a third of the letters is offered") {
  const std::vector<std::string> words{"port", "ports", "context", "threads", "speculative"};
  CHECK(closest("prot", words) == "port");
  CHECK(closest("prts", words) == "ports");
  CHECK(closest("Context", words) == "context");
  CHECK(closest("speculativ", words) == "speculative");
  CHECK(closest("banana", words).empty());
  CHECK(closest("", words).empty());
  CHECK(closest("x", {"a"}).empty());
}

TEST_CASE("suggestion: without a near word the known ones are listed") {
  CHECK(suggestion("prot", {"port"}, "known keys are") == ": did you mean 'port'?");
  CHECK(suggestion("zzzz", {"port", "tier"}, "known keys are") == "; known keys are port, tier");
  CHECK(suggestion("zzzz", {}, "roles are").empty());
}

TEST_CASE("suggestion: very long words are not compared") {
  const std::string long_word(100'000, 'a');
  CHECK(closest(long_word, {long_word + "b"}).empty());
}
