#include "registry/model_facts.hpp"

#include "tests/unit/registry/gguf_bytes.hpp"
#include "tests/unit/registry/temporary_folder.hpp"

#include <filesystem>

#include <doctest/doctest.h>

using namespace rolecall::registry;
using testing::gguf_bytes;
using testing::gguf_model;

namespace {

model model_at(const std::filesystem::path& path) {
  model m;
  m.name = "m";
  m.path = path;
  return m;
}

model_facts facts_from(const gguf_model& written) {
  const testing::temporary_folder folder;
  const auto facts = inspect({}, model_at(folder.write("m.gguf", written.bytes())));
  if (!facts) FAIL(facts.error());
  return *facts;
}

std::string error_from(const host_settings& host, const model& m) {
  const auto facts = inspect(host, m);
  REQUIRE(!facts.has_value());
  return facts.error();
}

/// Qwen2.5-7B's shape: 28 layers, 28 heads of 128, 4 of them for K and V.
gguf_model qwen2() {
  return std::move(gguf_model("qwen2")
                       .set("block_count", 28)
                       .set("context_length", 32768)
                       .set("embedding_length", 3584)
                       .set("attention.head_count", 28)
                       .set("attention.head_count_kv", 4));
}

}  // namespace

TEST_CASE("facts: a dense model's KV elements follow from its heads") {
  const model_facts f = facts_from(qwen2().tokenizer("gpt2", 10, 1, 2, true));
  CHECK(f.architecture == "qwen2");
  CHECK(f.block_count == 28);
  CHECK(f.context_train == 32768);
  CHECK(f.embedding_length == 3584);
  CHECK(f.memory.k_elements() == 28 * 4 * 128);
  CHECK(f.memory.v_elements() == 28 * 4 * 128);
  CHECK(f.memory.state_bytes == 0);
  CHECK_FALSE(f.recurrent);
  CHECK_FALSE(f.encoder);
  CHECK_FALSE(f.vision);
  CHECK(f.expert_count == 0);
  CHECK(f.vocabulary.tokenizer == "gpt2");
  CHECK(f.vocabulary.size == 10);
  CHECK(f.weights_bytes > 64);
}

TEST_CASE("facts: key and value lengths and per-layer heads are honoured") {
  const model_facts f =
      facts_from(gguf_model("gemma3")
                     .set("block_count", 3)
                     .set("embedding_length", 64)
                     .set("attention.head_count", 4)
                     .set("attention.head_count_kv", std::vector<std::uint32_t>{1, 2, 4})
                     .set("attention.key_length", 32)
                     .set("attention.value_length", 8));
  CHECK(f.memory.k_elements() == 7 * 32);
  CHECK(f.memory.v_elements() == 7 * 8);
}

TEST_CASE("facts: a mixture of experts tells its counts") {
  const model_facts f =
      facts_from(gguf_model("qwen3moe").set("expert_count", 128).set("expert_used_count", 8));
  CHECK(f.expert_count == 128);
  CHECK(f.expert_used_count == 8);
  CHECK_FALSE(f.recurrent);
}

TEST_CASE("facts: qwen3next has attention in every fourth layer and state in the others") {
  // Qwen3-Next-80B: 48 layers, 2 KV heads of 256; 4 taps, inner 4096, state 128, 16 groups.
  const model_facts f = facts_from(gguf_model("qwen3next")
                                       .set("block_count", 48)
                                       .set("embedding_length", 2048)
                                       .set("attention.head_count", 16)
                                       .set("attention.head_count_kv", 2)
                                       .set("attention.key_length", 256)
                                       .set("attention.value_length", 256)
                                       .set("ssm.conv_kernel", 4)
                                       .set("ssm.inner_size", 4096)
                                       .set("ssm.state_size", 128)
                                       .set("ssm.group_count", 16));
  CHECK(f.recurrent);
  CHECK(f.memory.k_elements() == 12 * 2 * 256);
  CHECK(f.memory.v_elements() == 12 * 2 * 256);
  CHECK(f.memory.state_bytes == 36ULL * 4 * (3 * (4096 + 2 * 16 * 128) + 128 * 4096));
}

TEST_CASE("facts: listed recurrent layers and the attention interval win over the default") {
  const auto base = [] {
    return std::move(gguf_model("qwen35")
                         .set("block_count", 4)
                         .set("embedding_length", 8)
                         .set("attention.head_count", 1)
                         .set("attention.head_count_kv", 1));
  };
  CHECK(facts_from(base()).memory.k_elements() == 8);
  CHECK(facts_from(base().set("full_attention_interval", 2)).memory.k_elements() == 16);
  CHECK(facts_from(base().set("attention.recurrent_layers", std::vector<std::uint32_t>{1, 0, 0, 0}))
            .memory.k_elements() == 24);
}

TEST_CASE("facts: mamba has state in all layers and no KV cache") {
  const model_facts f = facts_from(gguf_model("mamba")
                                       .set("block_count", 2)
                                       .set("embedding_length", 256)
                                       .set("attention.head_count", 2)
                                       .set("ssm.conv_kernel", 4)
                                       .set("ssm.inner_size", 512)
                                       .set("ssm.state_size", 128));
  CHECK(f.recurrent);
  CHECK(f.memory.k_elements() == 0);
  CHECK(f.memory.state_bytes == 2ULL * 4 * (3 * 512 + 128 * 512));
}

TEST_CASE("facts: hybrid models without an interval have state where there are no KV heads") {
  const model_facts lfm2 =
      facts_from(gguf_model("lfm2")
                     .set("block_count", 2)
                     .set("embedding_length", 256)
                     .set("attention.head_count", 2)
                     .set("attention.head_count_kv", std::vector<std::uint32_t>{2, 0})
                     .set("shortconv.l_cache", 3));
  CHECK(lfm2.recurrent);
  CHECK(lfm2.memory.k_elements() == 256);
  CHECK(lfm2.memory.state_bytes == 4 * 256 * 2);

  const model_facts nemotron =
      facts_from(gguf_model("nemotron_h")
                     .set("block_count", 3)
                     .set("embedding_length", 256)
                     .set("attention.head_count", 2)
                     .set("attention.head_count_kv", std::vector<std::uint32_t>{0, 2, 0})
                     .set("feed_forward_length", std::vector<std::uint32_t>{0, 0, 99})
                     .set("ssm.conv_kernel", 4)
                     .set("ssm.inner_size", 512)
                     .set("ssm.state_size", 16)
                     .set("ssm.group_count", 2));
  CHECK(nemotron.memory.k_elements() == 256);
  CHECK(nemotron.memory.state_bytes == 4ULL * (3 * (512 + 2 * 2 * 16) + 16 * 512));
}

TEST_CASE("facts: falcon-h1 has both in every layer") {
  const model_facts f = facts_from(gguf_model("falcon-h1")
                                       .set("block_count", 2)
                                       .set("embedding_length", 256)
                                       .set("attention.head_count", 2)
                                       .set("ssm.conv_kernel", 2)
                                       .set("ssm.inner_size", 10)
                                       .set("ssm.state_size", 10));
  CHECK(f.memory.k_elements() == 512);
  CHECK(f.memory.state_bytes == 2 * 4 * (10 + 100));
}

TEST_CASE("facts: rwkv and kimi-linear have their own state") {
  const model_facts rwkv = facts_from(gguf_model("rwkv7")
                                          .set("block_count", 1)
                                          .set("embedding_length", 128)
                                          .set("wkv.head_size", 64));
  CHECK(rwkv.recurrent);
  CHECK(rwkv.memory.k_elements() == 0);
  CHECK(rwkv.memory.state_bytes == 4 * (2 * 128 + 128 * 64));
  const model_facts kimi =
      facts_from(gguf_model("kimi-linear")
                     .set("block_count", 2)
                     .set("embedding_length", 128)
                     .set("attention.head_count", 1)
                     .set("attention.head_count_kv", std::vector<std::uint32_t>{1, 0})
                     .set("attention.key_length", 576)
                     .set("attention.value_length", 512)
                     .set("attention.kv_lora_rank", 512)
                     .set("attention.key_length_mla", 192)
                     .set("ssm.conv_kernel", 4)
                     .set("kda.head_dim", 128));
  CHECK(kimi.memory.k_elements() == 576);
  CHECK(kimi.memory.v_elements() == 0);
  CHECK(kimi.memory.state_bytes == 4 * (3 * 3 * 128 + 128 * 128));
}

TEST_CASE("facts: an architecture unknown here is recurrent when it has keys of state") {
  CHECK(facts_from(gguf_model("next-year").set("ssm.state_size", 16)).recurrent);
  CHECK_FALSE(facts_from(gguf_model("next-year").set("ssm.state_size", 0)).recurrent);
}

TEST_CASE("facts: multi-head latent attention keeps one row per token") {
  const model_facts f = facts_from(gguf_model("deepseek2")
                                       .set("block_count", 61)
                                       .set("embedding_length", 7168)
                                       .set("attention.head_count", 128)
                                       .set("attention.head_count_kv", 1)
                                       .set("attention.key_length", 576)
                                       .set("attention.value_length", 512)
                                       .set("attention.key_length_mla", 192)
                                       .set("attention.kv_lora_rank", 512));
  CHECK(f.memory.k_elements() == 61 * 576);
  CHECK(f.memory.v_elements() == 0);
}

TEST_CASE(
    "facts: encoders have no KV cache, vision models are known by architecture or projector") {
  const model_facts bert = facts_from(gguf_model("bert")
                                          .set("block_count", 24)
                                          .set("embedding_length", 1024)
                                          .set("attention.head_count", 16));
  CHECK(bert.encoder);
  CHECK(bert.memory.k_elements() == 0);
  CHECK(facts_from(gguf_model("qwen2vl")).vision);
  CHECK(facts_from(gguf_model("qwen3vlmoe")).vision);

  const testing::temporary_folder folder;
  folder.write("mm.gguf", gguf_model("clip").bytes(1000));
  model m = model_at(folder.write("m.gguf", gguf_model("gemma3").bytes()));
  m.mmproj = "mm.gguf";
  const auto facts = inspect({}, m);
  REQUIRE(facts.has_value());
  CHECK(facts->vision);
  CHECK(facts->mmproj == folder.path() / "mm.gguf");
  CHECK(facts->mmproj_bytes == std::filesystem::file_size(folder.path() / "mm.gguf"));
}

TEST_CASE("facts: hostile counts give large numbers, not crashes") {
  const model_facts f = facts_from(gguf_model("qwen3next")
                                       .set("block_count", ~0U)
                                       .set("embedding_length", ~0U)
                                       .set("attention.head_count", ~0U)
                                       .set("attention.key_length", ~0U)
                                       .set("ssm.conv_kernel", ~0U)
                                       .set("ssm.state_size", ~0U)
                                       .set("ssm.group_count", ~0U)
                                       .set("full_attention_interval", 0));
  CHECK(f.block_count == 2'147'483'647);
  CHECK(f.memory.k_elements() > 0);
}

TEST_CASE("inspect: relative paths are looked up in each folder, in order") {
  const testing::temporary_folder folder;
  folder.write("b/x/m.gguf", qwen2().bytes());
  host_settings host;
  host.model_dirs = {folder.path() / "a", folder.path() / "b"};
  const auto facts = inspect(host, model_at("x/m.gguf"));
  REQUIRE(facts.has_value());
  CHECK(facts->path == folder.path() / "b/x/m.gguf");
  CHECK(facts->shards == std::vector<std::filesystem::path>{facts->path});
  folder.write("a/x/m.gguf", gguf_model("llama").bytes());
  CHECK(inspect(host, model_at("x/m.gguf"))->architecture == "llama");
}

TEST_CASE("inspect: a model that is nowhere is told with all places looked at") {
  host_settings host;
  CHECK(error_from(host, model_at("m.gguf")) ==
        "cannot find model 'm': its path m.gguf is relative and host.model_dirs names no folder");
  host.model_dirs = {"/nowhere/a", "/nowhere/b"};
  CHECK(error_from(host, model_at("m.gguf")) ==
        "cannot find model 'm': looked for m.gguf in /nowhere/a, /nowhere/b");
  CHECK(error_from(host, model_at("/nowhere/m.gguf")) ==
        "cannot find model 'm': there is no file /nowhere/m.gguf");
}

TEST_CASE("inspect: a split model is all its shards") {
  const testing::temporary_folder folder;
  const auto first = folder.write("m-00001-of-00002.gguf", qwen2().split(0, 2, 0).bytes(100));
  folder.write("m-00002-of-00002.gguf", gguf_model("qwen2").split(1, 2, 0).bytes(1000));
  const auto facts = inspect({}, model_at(first));
  REQUIRE(facts.has_value());
  CHECK(facts->block_count == 28);
  REQUIRE(facts->shards.size() == 2);
  CHECK(facts->weights_bytes == std::filesystem::file_size(facts->shards[0]) +
                                    std::filesystem::file_size(facts->shards[1]));
  std::filesystem::remove(facts->shards[1]);
  CHECK(error_from({}, model_at(first)) ==
        "cannot use model 'm': shard 2 of 2 is missing: " + facts->shards[1].string());
}

TEST_CASE("inspect: the fewest experts are the registry's word, or 3, or the model's own count") {
  const testing::temporary_folder folder;
  const auto fewest = [&](std::uint32_t used, std::optional<int> stated) {
    model m = model_at(folder.write(
        "m.gguf",
        gguf_model("qwen3moe").set("expert_count", 128).set("expert_used_count", used).bytes()));
    m.min_experts = stated;
    return inspect({}, m)->fewest_experts;
  };
  CHECK(fewest(8, {}) == 3);
  CHECK(fewest(2, {}) == 2);
  CHECK(fewest(8, 1) == 1);
  CHECK(fewest(8, 6) == 6);
}

TEST_CASE("inspect: projectors and models are not taken for each other") {
  const testing::temporary_folder folder;
  const auto projector = folder.write("mm.gguf", gguf_model("clip").bytes());
  const auto text = folder.write("m.gguf", qwen2().bytes());
  CHECK(error_from({}, model_at(projector)) ==
        "cannot use model 'm': " + projector.string() +
            " is a vision projector: name it as mmproj of a model");
  model m = model_at(text);
  m.mmproj = text;
  CHECK(error_from({}, m) ==
        "cannot use model 'm': " + text.string() +
            " is no vision projector: its architecture is 'qwen2', not 'clip'");
  m.mmproj = "none.gguf";
  CHECK(error_from({}, m) ==
        "cannot use model 'm': cannot find its mmproj " + (folder.path() / "none.gguf").string());
  CHECK(
      error_from({}, model_at(folder.write("empty.gguf", gguf_bytes().start(0, 0).data(0).bytes())))
          .find("does not say its general.architecture") != std::string::npos);
}
