#include "launcher/speculation_arguments.hpp"

#include "tests/unit/launcher/launch_case.hpp"

#include <doctest/doctest.h>

using namespace rolecall;
using namespace rolecall::launcher;
using namespace rolecall::launcher::test;

namespace {

launch_case speculating(bool draft = true, bool lookup = true) {
  launch_case c;
  c.role().speculative = registry::speculation{.draft = {}, .max = 24, .lookup = lookup};
  if (draft) c.role().speculative->draft = "draft";
  return c;
}

}  // namespace

TEST_CASE("speculation: a role that asks for none gets no flag of it") {
  launch_case c;
  const auto built = c.build();
  REQUIRE(built.has_value());
  for (const auto& word : built->words()) CHECK_FALSE_MESSAGE(is_speculation_flag(word), word);
}

TEST_CASE("speculation: draft and lookup are combined in the newer spelling") {
  const auto line = speculating().line();
  CHECK(contains(line, " --spec-type draft-simple,ngram-simple "));
  CHECK(contains(line, " --spec-draft-model /models/coder-0.5b.gguf "));
  CHECK(contains(line, " --spec-draft-n-max 24 "));
  CHECK(contains(line, " --spec-draft-ngl 0 "));
  CHECK(contains(line, " --spec-ngram-simple-size-n 3 "));
  CHECK(contains(line, " --spec-ngram-simple-size-m 24 "));
}

TEST_CASE("speculation: a draft alone, and lookup alone") {
  const auto draft = speculating(true, false).line();
  CHECK(contains(draft, " --spec-type draft-simple "));
  CHECK_FALSE(contains(draft, "ngram"));
  const auto lookup = speculating(false, true).line();
  CHECK(contains(lookup, " --spec-type ngram-simple "));
  CHECK_FALSE(contains(lookup, "--spec-draft"));
}

TEST_CASE(
    "speculation: an older binary gets the older spelling, and a notice that it cannot look up") {
  auto c = speculating();
  c.binary = recorded_engine("2025-10");
  const auto line = c.line();
  CHECK(contains(line, " --model-draft /models/coder-0.5b.gguf "));
  CHECK(contains(line, " --draft-max 24 "));
  CHECK(contains(line, " --gpu-layers-draft 0 "));
  CHECK_FALSE(contains(line, "--spec-"));
  CHECK(contains(c.build()->notices.at(0),
                 "speculative.lookup is left out: llama-server /usr/bin/llama-server (6834"));
}

TEST_CASE("speculation: lookup alone with an older binary is an error that names flag and binary") {
  auto c = speculating(false, true);
  c.binary = recorded_engine("2025-10");
  CHECK(c.error() ==
        "cannot launch role coder: llama-server /usr/bin/llama-server (6834 (2f9a1c30)) does not "
        "know --spec-type, "
        "needed here: speculative.lookup: drafts from n-grams of the prompt; name a newer binary "
        "in llama_server, or "
        "change the role");
}

TEST_CASE("speculation: never on models that cannot take tokens back, see images or embed") {
  auto c = speculating();
  SUBCASE("recurrent or hybrid") {
    c.facts().recurrent = true;
    c.facts().architecture = "qwen3next";
    CHECK(contains(c.error(),
                   "architecture qwen3next keeps recurrent state that cannot be rolled back"));
  }
  SUBCASE("vision by architecture") {
    c.facts().vision = true;
    CHECK(contains(c.error(), "vision"));
  }
  SUBCASE("vision by its projector") {
    c.model().mmproj = "mmproj.gguf";
    CHECK(contains(c.error(), "vision"));
  }
  SUBCASE("encoder") {
    c.facts().encoder = true;
    CHECK(contains(c.error(), "embedding"));
  }
  SUBCASE("embedding role") {
    c.role().embeddings = true;
    CHECK(contains(c.error(), "embedding"));
  }
  CHECK(contains(
      c.error(),
      "cannot launch role coder: speculative decoding is not possible with model coder-32b"));
}

TEST_CASE("speculation: lookup is no way around the barrier") {
  auto c = speculating(false, true);
  c.facts().recurrent = true;
  CHECK(contains(c.error(), "speculative decoding is not possible"));
}

TEST_CASE("speculation: a recurrent draft is refused as well") {
  auto c = speculating();
  c.draft_facts().recurrent = true;
  CHECK(contains(c.error(), "model coder-0.5b cannot draft"));
}

TEST_CASE("speculation: a draft whose file was not looked at is an error") {
  auto c = speculating();
  c.deployment.facts.erase("coder-0.5b");
  CHECK(contains(c.error(), "draft has not been looked at"));
}

TEST_CASE(
    "speculation: every flag of speculation of the recorded builds is recognised, and no other") {
  for (const auto* name : {"0.7.0", "2025-10"}) {
    const auto engine = recorded_engine(name);
    for (const auto& [flag, first] : engine.spelled_as) {
      const bool expected = contains(first, "draft") || contains(first, "spec") ||
                            contains(first, "lookup") ||
                            contains(engine.spelled_as.at(flag), "-lc") || contains(first, "-hfd");
      bool named = expected;
      for (const auto& [other, line] : engine.spelled_as)
        if (line == first)
          named = named || contains(other, "draft") || contains(other, "spec") ||
                  contains(other, "lookup");
      // --special prints special tokens: a word that only looks alike.
      if (engine.same_flag(flag, "--special")) named = false;
      CHECK_MESSAGE(is_speculation_flag(flag) == named, name, " ", flag);
    }
  }
}
