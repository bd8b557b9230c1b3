#include "registry/model_summary.hpp"

#include "tests/unit/registry/gguf_bytes.hpp"

#include <sstream>

#include <doctest/doctest.h>

using namespace rolecall::registry;
using testing::gguf_model;

namespace {

constexpr std::uint32_t f32 = 0;
constexpr std::uint32_t q8_0 = 8;

model_summary summary_of(const gguf_model& model) {
  const std::string bytes = model.bytes(0);
  std::istringstream stream(bytes);
  auto header = parse_gguf(stream, bytes.size());
  if (!header) FAIL(header.error());
  model_files files;
  files.files = {{{1, 2}, bytes.size(), "/m.gguf"}};
  files.bytes = bytes.size();
  files.header = *std::move(header);
  return summarise(files);
}

/// Two layers with four experts, of which two are used.
gguf_model mixture() {
  gguf_model model("qwen3moe");
  model.name("Mixture")
      .set("block_count", 2)
      .set("context_length", 4096)
      .set("embedding_length", 32)
      .set("attention.head_count", 4)
      .set("attention.head_count_kv", 2)
      .set("expert_count", 4)
      .set("expert_used_count", 2)
      .tokens("gpt2", "qwen2", {"a", "b", "<|end|>"})
      .tensor("token_embd.weight", {32, 3}, f32, 384);
  for (const std::string block : {"blk.0.", "blk.1."}) {
    model.tensor(block + "attn_k.weight", {32, 16}, q8_0, 544)
        .tensor(block + "ffn_gate_exps.weight", {32, 8, 4}, q8_0, 1088);
  }
  return model;
}

}  // namespace

TEST_CASE("summary: a model's numbers come from its keys") {
  const model_summary s = summary_of(mixture());
  CHECK(s.architecture == "qwen3moe");
  CHECK(s.name == "Mixture");
  CHECK(s.files.size() == 1);
  CHECK(s.bytes == s.files[0].bytes);
  CHECK(s.layers == 2);
  CHECK(s.context == 4096);
  CHECK(s.embedding == 32);
  CHECK(s.heads == 4);
  CHECK(s.kv_heads == 2);
  CHECK(s.experts == 4);
  CHECK(s.experts_used == 2);
  CHECK(s.vocabulary.size == 3);
  CHECK(s.vocabulary.pre == "qwen2");
  CHECK_FALSE(s.encoder);
}

TEST_CASE("summary: parameters that a token does not use are not active") {
  const model_summary s = summary_of(mixture());
  CHECK(s.parameters == 96 + 2 * (512 + 1024));
  CHECK(s.active_parameters == 96 + 2 * (512 + 1024 / 2));
}

TEST_CASE("summary: types are told with their bytes, the largest first") {
  const model_summary s = summary_of(mixture());
  REQUIRE(s.types.size() == 2);
  CHECK(s.types[0] == type_share{.type = "Q8_0", .tensors = 4, .parameters = 3072, .bytes = 3264});
  CHECK(s.types[0].bits_per_weight() == doctest::Approx(8.5));
  CHECK(s.types[1] == type_share{.type = "F32", .tensors = 1, .parameters = 96, .bytes = 384});
  CHECK(type_share{}.bits_per_weight() == 0);
}

TEST_CASE("summary: layers of one size and kind are one group, the rest is told apart") {
  const model_summary s = summary_of(mixture());
  REQUIRE(s.groups.size() == 1);
  CHECK(s.groups[0] ==
        layer_group{.layers = {0, 1}, .kind = layer_kind::attention, .bytes = 544 + 1088});
  CHECK(s.outside_layers == 384);
}

TEST_CASE("summary: recurrent layers are told from those with attention") {
  gguf_model model("qwen3next");
  model.set("block_count", 4)
      .set("embedding_length", 32)
      .set("attention.head_count", 2)
      .set("attention.head_count_kv", 1)
      .set("ssm.conv_kernel", 4)
      .set("ssm.inner_size", 32)
      .set("ssm.state_size", 16)
      .set("ssm.time_step_rank", 2)
      .set("ssm.group_count", 2);
  for (int i = 0; i < 4; ++i)
    model.tensor("blk." + std::to_string(i) + ".attn_norm.weight", {32}, f32, 128);
  const model_summary s = summary_of(model);
  REQUIRE(s.groups.size() == 2);
  CHECK(s.groups[0].kind == layer_kind::recurrent);
  CHECK(s.groups[0].layers == std::vector<int>{0, 1, 2});
  CHECK(s.groups[1].kind == layer_kind::attention);
  CHECK(s.groups[1].layers == std::vector<int>{3});
  CHECK(s.recurrent_layers() == 3);
}

TEST_CASE("summary: BOS and EOS are shown by their texts, ids beyond the vocabulary by none") {
  const model_summary s =
      summary_of(gguf_model("qwen2").tokens("llama", "default", {"<unk>", "<s>", "</s>"}));
  CHECK(s.bos == "<s>");
  CHECK(s.eos == "</s>");
  CHECK(summary_of(mixture()).bos.empty());
}

TEST_CASE("summary: a layer number beyond any model's is no layer") {
  const model_summary s = summary_of(gguf_model("qwen2")
                                         .set("block_count", 1)
                                         .tensor("blk.99999999999.x", {8}, f32, 32)
                                         .tensor("blk.7", {8}, f32, 32)
                                         .tensor("blk.-1.x", {8}, f32, 32));
  CHECK(s.groups.empty());
  CHECK(s.outside_layers == 96);
}
