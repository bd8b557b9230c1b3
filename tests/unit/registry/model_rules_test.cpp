#include "registry/model_rules.hpp"

#include "tests/unit/registry/temporary_folder.hpp"

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
  draft.path = "/m/draft.gguf";
  CHECK(judge_role(r, dense(), &draft).empty());
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
  check_one(judge_role(r, next, &draft),
            {severity::error, "speculative", "speculative decoding" + why});
  r.speculative = speculation{{}, 24, true};
  check_one(judge_role(r, next, nullptr), {severity::error, "speculative", "n-gram lookup" + why});
  r.speculative.reset();
  r.extra_args = {"-b", "512", "--spec-type", "ngram-mod"};
  check_one(judge_role(r, next, nullptr),
            {severity::error, "extra_args", "extra_args has --spec-type, which" + why});
  r.extra_args = {"-b", "512"};
  CHECK(judge_role(r, next, nullptr).empty());
  CHECK(judge_role(r, dense(), nullptr).empty());
}

TEST_CASE("rules: vision and embedding models never speculate") {
  role r = worker();
  r.speculative = speculation{{}, 24, true};
  model_facts vision = of_architecture("qwen2vl", &model_facts::vision);
  vision.mmproj = "/m/mm.gguf";
  check_one(
      judge_role(r, vision, nullptr),
      {severity::error, "speculative",
       "n-gram lookup is forbidden on this model: qwen2vl takes images, which drafts do not see"});
  r.embeddings = true;
  check_one(judge_role(r, of_architecture("bert", &model_facts::encoder), nullptr),
            {severity::error, "speculative",
             "n-gram lookup is forbidden on this model: bert is an embedding model and generates "
             "nothing"});
}

TEST_CASE("rules: a vision model needs its projector, an encoder serves embeddings") {
  check_one(judge_role(worker(), of_architecture("qwen3vlmoe", &model_facts::vision), nullptr),
            {severity::error, "model",
             "a vision model (qwen3vlmoe) without mmproj: images will be refused; add mmproj to "
             "the model"});
  check_one(judge_role(worker(), of_architecture("bert", &model_facts::encoder), nullptr),
            {severity::error, "model",
             "its model's architecture bert can only embed: set embeddings: true"});
}

TEST_CASE("rules: embeddings of a model that also generates are allowed") {
  role r = worker();
  r.embeddings = true;
  CHECK(judge_role(r, dense(), nullptr).empty());
}

TEST_CASE("rules: experts fit the model and its architecture") {
  model_facts moe = dense();
  moe.architecture = "qwen3moe";
  moe.expert_count = 8;
  moe.expert_used_count = 8;
  role r = worker();
  r.moe = moe_override{3, "qwen3moe.expert_used_count"};
  CHECK(judge_role(r, moe, nullptr).empty());
  r.moe = moe_override{8, {}};
  CHECK(judge_role(r, moe, nullptr).empty());
  r.moe = moe_override{9, {}};
  check_one(judge_role(r, moe, nullptr),
            {severity::error, "moe.experts", "9 experts are more than the 8 of its model"});
  r.moe = moe_override{2, {}};
  check_one(judge_role(r, moe, nullptr),
            {severity::warning, "moe.experts",
             "fewer than 3 experts produces garbage; its model was trained with 8"});
  moe.expert_used_count = 2;
  CHECK(judge_role(r, moe, nullptr).empty());
  r.moe = moe_override{4, "qwen3next.expert_used_count"};
  check_one(
      judge_role(r, moe, nullptr),
      {severity::error, "moe.override_key",
       "override_key is qwen3next.expert_used_count, and the architecture of its model makes it "
       "qwen3moe.expert_used_count"});
  check_one(judge_role(r, dense(), nullptr),
            {severity::error, "moe", "moe is set and its model (qwen2) has no experts"});
}

TEST_CASE("rules: a draft that is the target's file under another name is refused") {
  const testing::temporary_folder folder;
  model_facts target = dense();
  target.path = folder.write("m.gguf", "x");
  model_facts draft = dense();
  draft.path = folder.path() / "link.gguf";
  std::filesystem::create_hard_link(target.path, draft.path);
  role r = worker();
  r.speculative = speculation{"draft", 24, false};
  check_one(judge_role(r, target, &draft),
            {severity::error, "speculative.draft",
             "its draft is the same file as its model, " + draft.path.string() +
                 ": that loads a second copy and wins nothing"});
}

TEST_CASE("rules: a draft that cannot draft is refused, one with another vocabulary warned of") {
  role r = worker();
  r.speculative = speculation{"draft", 24, false};
  model_facts target = dense();
  target.vocabulary = {"gpt2", 1000, false, 1, 2};
  model_facts draft = dense();
  draft.path = "/m/draft.gguf";
  draft.vocabulary = target.vocabulary;

  model_facts recurrent = draft;
  recurrent.architecture = "mamba";
  recurrent.recurrent = true;
  check_one(judge_role(r, target, &recurrent),
            {severity::error, "speculative.draft",
             "its draft's architecture mamba cannot draft: it is recurrent"});

  const auto message_of = [&](vocabulary_facts vocabulary) {
    model_facts other = draft;
    other.vocabulary = std::move(vocabulary);
    const auto found = judge_role(r, target, &other);
    if (found.empty()) return std::string();
    CHECK(found[0].level == severity::warning);
    return found[0].message;
  };
  CHECK(message_of({"gpt2", 1128, false, 7, 2}).empty());
  CHECK(message_of({"gpt2", 1129, false, 1, 2}).find("vocabulary (1129 tokens, not 1000)") !=
        std::string::npos);
  CHECK(message_of({"llama", 1000, false, 1, 2}).find("tokenizer (llama, not gpt2)") !=
        std::string::npos);
  CHECK(message_of({"gpt2", 1000, true, 1, 2}).find("BOS token") != std::string::npos);
  CHECK(message_of({"gpt2", 1000, false, 1, 3}).find("(EOS)") != std::string::npos);
  CHECK(message_of({}).empty());
}

TEST_CASE("rules: a context beyond the training is warned of, per slot") {
  role r = worker();
  r.context = 65536;
  r.slots = 2;
  CHECK(judge_role(r, dense(), nullptr).empty());
  r.slots = 1;
  check_one(
      judge_role(r, dense(), nullptr),
      {severity::warning, "context",
       "a context of 65536 tokens per slot is more than the 32768 its model was trained with"});
}
