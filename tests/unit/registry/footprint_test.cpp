#include "registry/footprint.hpp"

#include "registry/compute_buffers.hpp"
#include "registry/model_facts.hpp"

#include <doctest/doctest.h>

using namespace rolecall::registry;

namespace {

constexpr byte_count mebibyte = 1ULL << 20;

role role_of(int context, int slots) {
  role r;
  r.context = context;
  r.slots = slots;
  return r;
}

model_facts facts_with(const memory_shape& memory) {
  model_facts facts;
  facts.weights_bytes = 1000;
  facts.files = {{{1, 2}, 1000, "m.gguf"}};
  facts.memory = memory;
  return facts;
}

/// Qwen2.5-7B: 28 blocks of 28 heads of 128, 4 of them for K and V.
memory_shape qwen2() {
  memory_shape shape;
  shape.embedding = 3584;
  shape.vocabulary = 152064;
  block_shape block;
  block.attention = {.heads = 28, .query = 3584, .key = 512, .value = 512, .output = 3584};
  block.feed_forward = {.width = 18944, .gated = true};
  shape.blocks.assign(28, block);
  shape.caches = {{.k = 28 * 512, .v = 28 * 512}};
  return shape;
}

}  // namespace

TEST_CASE("footprint: cache types cost what ggml's blocks cost") {
  CHECK(cache_bytes(1024, "f32") == 4096);
  CHECK(cache_bytes(1024, "f16") == 2048);
  CHECK(cache_bytes(1024, "bf16") == 2048);
  CHECK(cache_bytes(1024, "q8_0") == 1088);
  CHECK(cache_bytes(1024, "q4_0") == 576);
  CHECK(cache_bytes(1024, "q4_1") == 640);
  CHECK(cache_bytes(1024, "iq4_nl") == 576);
  CHECK(cache_bytes(1024, "q5_0") == 704);
  CHECK(cache_bytes(1024, "q5_1") == 768);
  CHECK(cache_bytes(1024, "of-next-year") == 4096);
}

TEST_CASE("footprint: Qwen2.5-7B at 32768 tokens of f16 has 1792 MiB of KV cache") {
  const footprint f = estimate(role_of(32768, 2), facts_with(qwen2()), nullptr);
  CHECK(f.kv_cache == 1792 * mebibyte);  // "KV buffer size = 1792.00 MiB"
  CHECK(f.weights == 1000);
  CHECK(f.draft == 0);
  CHECK(f.checkpoints == 0);
}

TEST_CASE("footprint: each slot's context is rounded up to 256 tokens") {
  memory_shape shape;
  shape.caches = {{.k = 1}};
  CHECK(estimate(role_of(600, 2), facts_with(shape), nullptr).kv_cache == 2 * 512 * 2);
}

TEST_CASE("footprint: a window's cache holds window and one batch, in steps of 256 cells") {
  memory_shape shape;
  shape.caches = {{.k = 16, .v = 16, .window = 1024}};
  // gemma3: "creating SWA KV cache, size = 1536 cells"
  role r = role_of(32768, 1);
  CHECK(estimate(r, facts_with(shape), nullptr).kv_cache == 1536ULL * 32 * 2);
  r.extra_args = {"-ub", "1000"};
  CHECK(estimate(r, facts_with(shape), nullptr).kv_cache == 2048ULL * 32 * 2);
  r.extra_args = {"--swa-full"};
  CHECK(estimate(r, facts_with(shape), nullptr).kv_cache == 32768ULL * 32 * 2);
  CHECK(estimate(role_of(512, 1), facts_with(shape), nullptr).kv_cache == 512ULL * 32 * 2);
}

TEST_CASE("footprint: compressed rows are kept once for their tokens") {
  memory_shape shape;
  shape.caches = {{.k = 8, .stride = 4}};
  // deepseek4 at 4 × 4096 tokens: "1024 cells"
  CHECK(estimate(role_of(16384, 4), facts_with(shape), nullptr).kv_cache == 4ULL * 1024 * 8 * 2);
}

TEST_CASE("footprint: recurrent state and checkpoints cost per slot") {
  memory_shape shape;
  shape.state_bytes = 100;
  shape.caches = {{.k = 1, .window = 256}};
  role r = role_of(8192, 4);
  r.checkpoints = 8;
  const footprint f = estimate(r, facts_with(shape), nullptr);
  CHECK(f.state == 4 * 100);
  CHECK(f.checkpoints == 8 * 4 * (100 + 768 * 2));
  r.checkpoints = 0;
  CHECK(estimate(r, facts_with(shape), nullptr).checkpoints == 0);
}

TEST_CASE("footprint: mapped weights are shared, repacked copies and unmapped weights are not") {
  memory_shape shape;
  shape.repackable_bytes = 600;
  shape.tensor_bytes = 900;
  const model_facts facts = facts_with(shape);
  role r = role_of(4096, 1);
  footprint f = estimate(r, facts, nullptr);
  CHECK(f.weights == 1000);
  CHECK(f.mapped_bytes() == 400);
  r.load_mode = load_mode::mmap_mlock;  // the pages behind the copies are locked, too
  f = estimate(r, facts, nullptr);
  CHECK(f.weights == 1600);
  CHECK(f.mapped_bytes() == 1000);
  r.load_mode = load_mode::mmap;
  r.repack = false;
  f = estimate(r, facts, nullptr);
  CHECK(f.weights == 1000);
  CHECK(f.private_bytes() == f.total() - 1000);
  for (const load_mode mode : {load_mode::none, load_mode::mlock, load_mode::dio}) {
    r.load_mode = mode;
    r.repack = true;
    f = estimate(r, facts, nullptr);
    CHECK(f.weights == 900);
    CHECK(f.mapped.empty());
  }
}

TEST_CASE("footprint: compute of architectures that are not modelled in full errs high") {
  memory_shape shape;
  shape.embedding = 4096;
  shape.vocabulary = 32000;
  model_facts facts = facts_with(shape);
  const role r = role_of(4096, 1);
  facts.architecture = "llama";
  const byte_count modelled = estimate(r, facts, nullptr).compute;
  facts.architecture = "deepseek4";
  CHECK(estimate(r, facts, nullptr).compute == 4 * modelled);
  facts.architecture = "kimi-linear";
  CHECK(estimate(r, facts, nullptr).compute == modelled + modelled * 3 / 10);
}

TEST_CASE("footprint: a draft has weights, caches and buffers of its own") {
  memory_shape drafting;
  drafting.caches = {{.k = 1, .v = 1}};
  const model_facts draft = facts_with(drafting);
  role r = role_of(1024, 4);
  r.kv_cache = {"q8_0", "f16"};
  r.cache_ram = 5000;
  memory_shape target;
  target.caches = {{.k = 10, .v = 20}};
  model_facts facts = facts_with(target);
  facts.mmproj_bytes = 50;
  facts.mmproj_compute_bytes = 7;
  const footprint alone = estimate(r, facts, nullptr);
  const footprint f = estimate(r, facts, &draft);
  CHECK(f.kv_cache == 10 * 1024 / 32 * 34 + 20 * 1024 * 2);
  CHECK(f.draft == 1000);
  CHECK(f.draft_kv_cache == 1024 * 4);
  CHECK(f.compute >= alone.compute);
  CHECK(f.overhead > alone.overhead);
  CHECK(f.mmproj == 57);
  CHECK(f.cache_ram == 5000);
  CHECK(f.mapped.size() == 2);
}

TEST_CASE("compute: the buffer is what llama.cpp reserves") {
  memory_shape shape = qwen2();
  shape.vocabulary = 512;
  const auto buffer = [&](graph_settings settings) {
    settings.outputs = settings.tokens;
    return static_cast<double>(compute_buffer(shape, settings)) / static_cast<double>(mebibyte);
  };
  // llama-fit-params: "CPU compute buffer size"
  CHECK(buffer({.tokens = 512, .cells = 32768}) == doctest::Approx(178.0).epsilon(0.01));
  CHECK(buffer({.tokens = 512, .cells = 8192, .slots = 4}) == doctest::Approx(154.0).epsilon(0.01));
  CHECK(buffer({.tokens = 2048, .cells = 8192, .slots = 2}) ==
        doctest::Approx(616.1).epsilon(0.01));
  CHECK(buffer({.tokens = 512, .cells = 8192, .flash_attention = false}) ==
        doctest::Approx(508.0).epsilon(0.02));
}

TEST_CASE("compute: hostile widths give a large figure and no overflow") {
  memory_shape shape;
  shape.embedding = 1ULL << 20;
  shape.vocabulary = 1ULL << 20;
  block_shape block;
  block.attention = {.heads = 1ULL << 20,
                     .query = 1ULL << 40,
                     .key = 1ULL << 40,
                     .value = 1ULL << 40,
                     .output = 1ULL << 40};
  block.feed_forward = {.experts = 1ULL << 20, .expert_width = 1ULL << 20};
  shape.blocks = {block, block};
  const graph_settings settings{.tokens = 1ULL << 31,
                                .cells = 1ULL << 31,
                                .slots = 1ULL << 20,
                                .experts_used = 1ULL << 20,
                                .flash_attention = false};
  CHECK(compute_buffer(shape, settings) > (1ULL << 40));
}
