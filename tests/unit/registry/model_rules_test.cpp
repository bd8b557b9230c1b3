#include "registry/model_rules.hpp"

#include <doctest/doctest.h>

using namespace rolecall::registry;

namespace {

using severity = diagnostic::severity;

role worker() {
  role r;
  r.name = "w";
  return r;
}

model_facts dense() {
  model_facts f;
  f.path = "/m/target.gguf";
  f.architecture = "qwen2";
  f.context_train = 32768;
  f.files = {{{1, 100}, 1000, "/m/target.gguf"}};
  return f;
}

model_facts of_architecture(const char* architecture, bool model_facts::*trait) {
  model_facts f = dense();
  f.architecture = architecture;
  f.*trait = true;
  return f;
}

void check_one(const std::vector<finding>& found, const finding& expected) {
  REQUIRE(found.size() == 1);
  CHECK(found[0].level == expected.level);
  CHECK(found[0].key == expected.key);
  CHECK(found[0].message == expected.message);
}

}  // namespace

TEST_CASE("rules: a dense model with a draft of its vocabulary has nothing against it") {
  role r = worker();
  r.speculative = speculation{"draft", 24, true};
  model_facts draft = dense();
  draft.files = {{{1, 200}, 10, "/m/draft.gguf"}};
  CHECK(judge_role(r, dense(), {&draft}).empty());
}

TEST_CASE("rules: recurrent models never speculate, lookup and raw flags included") {
  const model_facts next = of_architecture("qwen3next", &model_facts::recurrent);
  const std::string why =
      " is forbidden on this model: qwen3next is recurrent: its state cannot be rolled back, so "
      "drafted "
      "tokens corrupt it";
  role r = worker();
  r.speculative = speculation{"draft", 24, false};
  const model_facts draft = dense();
  check_one(judge_role(r, next, {&draft}),
            {severity::error, "speculative", "speculative decoding" + why});
  r.speculative = speculation{{}, 24, true};
  check_one(judge_role(r, next), {severity::error, "speculative", "n-gram lookup" + why});
  r.speculative.reset();
  r.extra_args = {"-b", "512", "--spec-type", "ngram-mod"};
  check_one(judge_role(r, next),
            {severity::error, "extra_args", "extra_args has --spec-type, which" + why});
  r.extra_args = {"-b", "512"};
  CHECK(judge_role(r, next).empty());
  CHECK(judge_role(r, dense()).empty());
}

TEST_CASE("rules: vision and embedding models never speculate") {
  role r = worker();
  r.speculative = speculation{{}, 24, true};
  model_facts vision = of_architecture("qwen2vl", &model_facts::vision);
  vision.mmproj = "/m/mm.gguf";
  check_one(
      judge_role(r, vision),
      {severity::error, "speculative",
       "n-gram lookup is forbidden on this model: qwen2vl takes images, which drafts do not see"});
  r.embeddings = true;
  check_one(judge_role(r, of_architecture("bert", &model_facts::encoder)),
            {severity::error, "speculative",
             "n-gram lookup is forbidden on this model: bert is an embedding model and generates "
             "nothing"});
}

TEST_CASE("rules: a vision model needs its projector, an encoder serves embeddings") {
  check_one(judge_role(worker(), of_architecture("qwen3vlmoe", &model_facts::vision)),
            {severity::error, "model",
             "a vision model (qwen3vlmoe) without mmproj: images will be refused; add mmproj to "
             "the model"});
  check_one(judge_role(worker(), of_architecture("bert", &model_facts::encoder)),
            {severity::error, "model",
             "its model's architecture bert can only embed: set embeddings: true"});
}

TEST_CASE("rules: embeddings of a model that also generates are allowed") {
  role r = worker();
  r.embeddings = true;
  CHECK(judge_role(r, dense()).empty());
}

TEST_CASE("rules: experts fit the model and its architecture") {
  model_facts moe = dense();
  moe.architecture = "qwen3moe";
  moe.expert_count = 8;
  moe.expert_used_count = 8;
  moe.fewest_experts = 3;
  role r = worker();
  r.moe = moe_override{3, "qwen3moe.expert_used_count"};
  CHECK(judge_role(r, moe).empty());
  r.moe = moe_override{8, {}};
  CHECK(judge_role(r, moe).empty());
  r.moe = moe_override{9, {}};
  check_one(judge_role(r, moe),
            {severity::error, "moe.experts", "9 experts are more than the 8 of its model"});
  r.moe = moe_override{2, {}};
  check_one(judge_role(r, moe),
            {severity::error, "moe.experts",
             "2 experts are fewer than the 3 below which its model answers with garbage (it was "
             "trained with 8); raise them, or lower min_experts of the model if it was measured to "
             "work"});
  moe.fewest_experts = 2;
  CHECK(judge_role(r, moe).empty());
  r.moe = moe_override{4, "qwen3next.expert_used_count"};
  check_one(
      judge_role(r, moe),
      {severity::error, "moe.override_key",
       "override_key is qwen3next.expert_used_count, and the architecture of its model makes it "
       "qwen3moe.expert_used_count"});
  check_one(judge_role(r, dense()),
            {severity::error, "moe", "moe is set and its model (qwen2) has no experts"});
}

TEST_CASE("rules: a draft that is the target's file under another name is refused, shards too") {
  model_facts target = dense();
  target.files.push_back({{1, 101}, 1000, "/m/target-2.gguf"});
  model_facts draft = dense();
  draft.path = "/m/link.gguf";
  draft.files = {{{1, 101}, 1000, "/m/link.gguf"}};
  role r = worker();
  r.speculative = speculation{"draft", 24, false};
  check_one(judge_role(r, target, {&draft}),
            {severity::error, "speculative.draft",
             "its draft is the same file as its model, /m/link.gguf: that loads a second copy and "
             "wins nothing"});
  draft.files[0].file.device = 2;
  CHECK(judge_role(r, target, {&draft}).empty());
}

namespace {

/// A target and a draft that could work together.
struct pair_of_models {
  pair_of_models() {
    r.speculative = speculation{"draft", 24, false};
    target.vocabulary.tokenizer = "gpt2";
    target.vocabulary.size = 1000;
    draft.files = {{{1, 200}, 10, "/m/draft.gguf"}};
    draft.vocabulary = target.vocabulary;
  }
  role r = worker();
  model_facts target = dense();
  model_facts draft = dense();
  compatibility_rule rule{.target = "t",
                          .draft = "d",
                          .allowed = true,
                          .max = {},
                          .reason = "measured: 40 % accepted",
                          .where = {17, 5}};
};

}  // namespace

TEST_CASE_FIXTURE(pair_of_models, "rules: a draft that cannot draft is refused, allowed or not") {
  draft.architecture = "mamba";
  draft.recurrent = true;
  const finding expected{severity::error, "speculative.draft",
                         "its draft's architecture mamba cannot draft: it is recurrent"};
  check_one(judge_role(r, target, {&draft}), expected);
  check_one(judge_role(r, target, {&draft, &rule}), expected);
}

TEST_CASE_FIXTURE(pair_of_models,
                  "rules: a draft with another vocabulary is refused unless the pair is allowed "
                  "with a reason") {
  draft.vocabulary.size = 1129;
  const std::string what =
      "its draft has another vocabulary (1129 tokens, not 1000; 128 more or fewer are bearable)";
  const finding expected{
      severity::error, "speculative.draft",
      what +
          ": few or none of its tokens would be accepted; draft with a model of the same "
          "family, or give compatibility.allow this pair with the evidence as its reason"};
  check_one(judge_role(r, target, {&draft}), expected);
  check_one(judge_role(r, target, {&draft, &rule}),
            {severity::warning, "speculative.draft",
             what + "; compatibility allows the pair on line 17: measured: 40 % accepted"});
  rule.reason.clear();
  check_one(judge_role(r, target, {&draft, &rule}), expected);
}

TEST_CASE_FIXTURE(pair_of_models, "rules: no rule allows a recurrent, vision or embedding target") {
  for (const auto trait : {&model_facts::recurrent, &model_facts::vision, &model_facts::encoder}) {
    model_facts other = target;
    other.*trait = true;
    other.mmproj = "/m/mm.gguf";
    r.embeddings = other.encoder;
    const auto found = judge_role(r, other, {&draft, &rule});
    REQUIRE(found.size() == 1);
    CHECK(found[0].level == severity::error);
    CHECK(found[0].key == "speculative");
  }
}

TEST_CASE("rules: a context beyond the training is warned of, per slot") {
  role r = worker();
  r.context = 65536;
  r.slots = 2;
  CHECK(judge_role(r, dense()).empty());
  r.slots = 1;
  check_one(
      judge_role(r, dense()),
      {severity::warning, "context",
       "a context of 65536 tokens per slot is more than the 32768 its model was trained with"});
}
