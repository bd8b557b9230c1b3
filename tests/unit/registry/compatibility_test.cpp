#include "registry/compatibility.hpp"

#include <doctest/doctest.h>

using namespace rolecall::registry;

TEST_CASE("compatibility: a star stands for any letters, none included") {
  CHECK(matches("*", ""));
  CHECK(matches("*", "anything"));
  CHECK(matches("qwen3-*", "qwen3-"));
  CHECK(matches("qwen3-*-a3b", "qwen3-next-80b-a3b"));
  CHECK(matches("*b*b*", "abcbd"));
  CHECK_FALSE(matches("qwen3-*", "qwen2.5-7b"));
  CHECK_FALSE(matches("qwen3", "qwen3-next"));
  CHECK_FALSE(matches("", "x"));
  CHECK_FALSE(matches("*b", "abc"));
}

TEST_CASE("compatibility: the first rule of each kind that fits speaks") {
  const std::vector<compatibility_rule> rules{
      {.target = "a*", .draft = "d1", .allowed = true, .max = 24, .reason = "first", .where = {}},
      {.target = "*", .draft = "*", .allowed = false, .max = {}, .reason = "never", .where = {}},
      {.target = "abc", .draft = "d*", .allowed = true, .max = {}, .reason = "second", .where = {}},
  };
  const verdict both = judge(rules, "abc", "d1");
  REQUIRE(both.allowed != nullptr);
  CHECK(both.allowed->reason == "first");
  REQUIRE(both.forbidden != nullptr);
  CHECK(both.forbidden->reason == "never");
  CHECK(judge(rules, "abc", "x").allowed == nullptr);
}

TEST_CASE("compatibility: only a draft of * speaks of n-gram lookup") {
  const std::vector<compatibility_rule> rules{
      {.target = "a", .draft = "d*", .allowed = false, .max = {}, .reason = "drafts", .where = {}},
      {.target = "b", .draft = "*", .allowed = false, .max = {}, .reason = "all", .where = {}},
  };
  CHECK(judge(rules, "a", "").forbidden == nullptr);
  CHECK(judge(rules, "b", "").forbidden != nullptr);
}

TEST_CASE("compatibility: every spelling of a speculation flag is recognised") {
  for (const char* flag :
       {"--spec-type", "--spec-draft-n-max", "--spec_type", "-md", "--model-draft", "--draft-max",
        "--draft", "--draft=16", "--lookup-cache-static", "-lcd", "--threads-draft",
        "--fim-qwen-7b-spec", "-ngld", "--hf-repo-draft", "-ctkd"}) {
    CAPTURE(flag);
    CHECK(is_speculation_flag(flag));
  }
  for (const char* flag :
       {"-m", "--model", "--threads", "--special", "16", "-t", "--no-repack", "draft.gguf", "-c"}) {
    CAPTURE(flag);
    CHECK_FALSE(is_speculation_flag(flag));
  }
}
