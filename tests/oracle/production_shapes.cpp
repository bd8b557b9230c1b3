#include "tests/oracle/production_shapes.hpp"

namespace rolecall::oracle {

namespace {

constexpr std::uint32_t context = 131072;

sparse_model start(const std::string& architecture, std::uint32_t embedding, std::uint32_t blocks,
                   std::uint32_t feed_forward, std::uint32_t vocabulary) {
  sparse_model m(architecture);
  m.text("tokenizer.ggml.model", "no_vocab")
      .set("vocab_size", vocabulary)
      .set("context_length", context)
      .set("embedding_length", embedding)
      .set("block_count", blocks)
      .set("feed_forward_length", feed_forward)
      .set("attention.layer_norm_rms_epsilon", 1e-6F)
      .set("rope.freq_base", 1e6F);
  m.matrix("token_embd", {embedding, vocabulary});
  return m;
}

void finish(sparse_model& m, std::uint64_t embedding, std::uint64_t vocabulary) {
  m.vector("output_norm", embedding).matrix("output", {embedding, vocabulary});
}

struct head_counts {
  std::uint32_t all;
  std::uint32_t kept;  ///< of K and V
  std::uint32_t size;
};

void set_heads(sparse_model& m, const head_counts& heads) {
  m.set("attention.head_count", heads.all)
      .set("attention.head_count_kv", heads.kept)
      .set("attention.key_length", heads.size)
      .set("attention.value_length", heads.size);
}

void add_attention(sparse_model& m, const std::string& block, std::uint64_t embedding,
                   const head_counts& heads, std::uint64_t query_parts = 1) {
  const std::uint64_t query = std::uint64_t{heads.all} * heads.size;
  const std::uint64_t kept = std::uint64_t{heads.kept} * heads.size;
  m.vector(block + "attn_norm", embedding)
      .matrix(block + "attn_q", {embedding, query * query_parts})
      .matrix(block + "attn_k", {embedding, kept})
      .matrix(block + "attn_v", {embedding, kept})
      .matrix(block + "attn_output", {query, embedding});
}

void add_dense(sparse_model& m, const std::string& block, std::uint64_t embedding,
               std::uint64_t width) {
  m.vector(block + "ffn_norm", embedding)
      .matrix(block + "ffn_gate", {embedding, width})
      .matrix(block + "ffn_up", {embedding, width})
      .matrix(block + "ffn_down", {width, embedding});
}

void add_experts(sparse_model& m, const std::string& block, std::uint64_t embedding,
                 std::uint64_t width, std::uint64_t experts) {
  m.matrix(block + "ffn_gate_inp", {embedding, experts}, stored::f32)
      .matrix(block + "ffn_gate_exps", {embedding, width, experts})
      .matrix(block + "ffn_up_exps", {embedding, width, experts})
      .matrix(block + "ffn_down_exps", {width, embedding, experts});
}

void set_experts(sparse_model& m, std::uint32_t experts, std::uint32_t used, std::uint32_t width) {
  m.set("expert_count", experts)
      .set("expert_used_count", used)
      .set("expert_feed_forward_length", width);
}

std::string block_name(std::uint32_t i) { return "blk." + std::to_string(i) + "."; }

sparse_model dense(const std::string& architecture, std::uint32_t embedding, std::uint32_t blocks,
                   const head_counts& heads, std::uint32_t width, std::uint32_t vocabulary) {
  sparse_model m = start(architecture, embedding, blocks, width, vocabulary);
  set_heads(m, heads);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    const std::string block = block_name(i);
    add_attention(m, block, embedding, heads);
    if (architecture == "qwen2") {
      m.plain(block + "attn_q.bias", {std::uint64_t{heads.all} * heads.size})
          .plain(block + "attn_k.bias", {std::uint64_t{heads.kept} * heads.size})
          .plain(block + "attn_v.bias", {std::uint64_t{heads.kept} * heads.size});
    }
    add_dense(m, block, embedding, width);
  }
  finish(m, embedding, vocabulary);
  return m;
}

sparse_model qwen3moe(std::uint32_t embedding, std::uint32_t blocks, const head_counts& heads,
                      std::uint32_t width, std::uint32_t vocabulary) {
  constexpr std::uint32_t experts = 128;
  sparse_model m = start("qwen3moe", embedding, blocks, width, vocabulary);
  set_heads(m, heads);
  set_experts(m, experts, 8, width);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    const std::string block = block_name(i);
    add_attention(m, block, embedding, heads);
    m.vector(block + "attn_q_norm", heads.size)
        .vector(block + "attn_k_norm", heads.size)
        .vector(block + "ffn_norm", embedding);
    add_experts(m, block, embedding, width, experts);
  }
  finish(m, embedding, vocabulary);
  return m;
}

sparse_model qwen3next(std::uint32_t vocabulary) {
  constexpr std::uint32_t embedding = 2048;
  constexpr std::uint32_t blocks = 48;
  constexpr std::uint32_t width = 512;
  constexpr std::uint32_t experts = 512;
  constexpr std::uint32_t inner = 4096;
  constexpr std::uint32_t size = 128;
  constexpr std::uint32_t groups = 16;
  constexpr std::uint32_t steps = 32;
  constexpr std::uint64_t convolved = inner + 2 * groups * size;
  const head_counts heads{16, 2, 256};
  sparse_model m = start("qwen3next", embedding, blocks, 5120, vocabulary);
  set_heads(m, heads);
  set_experts(m, experts, 10, width);
  m.set("expert_shared_feed_forward_length", width)
      .set("ssm.conv_kernel", 4U)
      .set("ssm.inner_size", inner)
      .set("ssm.state_size", size)
      .set("ssm.group_count", groups)
      .set("ssm.time_step_rank", steps)
      .set("rope.dimension_count", 64U);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    const std::string block = block_name(i);
    if (i % 4 == 3) {
      add_attention(m, block, embedding, heads, 2);
      m.vector(block + "attn_q_norm", heads.size).vector(block + "attn_k_norm", heads.size);
    } else {
      m.vector(block + "attn_norm", embedding)
          .matrix(block + "attn_qkv", {embedding, convolved})
          .matrix(block + "attn_gate", {embedding, inner})
          .matrix(block + "ssm_conv1d", {4, convolved}, stored::f32)
          .plain(block + "ssm_dt.bias", {steps})
          .plain(block + "ssm_a", {steps})
          .matrix(block + "ssm_ba", {embedding, 2 * steps})
          .vector(block + "ssm_norm", size)
          .matrix(block + "ssm_out", {inner, embedding});
    }
    m.vector(block + "post_attention_norm", embedding);
    add_experts(m, block, embedding, width, experts);
    m.vector(block + "ffn_gate_inp_shexp", embedding)
        .matrix(block + "ffn_gate_shexp", {embedding, width})
        .matrix(block + "ffn_up_shexp", {embedding, width})
        .matrix(block + "ffn_down_shexp", {width, embedding});
  }
  finish(m, embedding, vocabulary);
  return m;
}

sparse_model deepseek_v3(std::uint32_t vocabulary) {
  constexpr std::uint32_t embedding = 7168;
  constexpr std::uint32_t blocks = 61;
  constexpr std::uint32_t width = 2048;
  constexpr std::uint32_t dense_width = 18432;
  constexpr std::uint32_t experts = 256;
  constexpr std::uint32_t heads = 128;
  constexpr std::uint32_t query_rank = 1536;
  constexpr std::uint32_t rank = 512;
  constexpr std::uint32_t rotated = 64;
  constexpr std::uint32_t straight = 128;
  sparse_model m = start("deepseek2", embedding, blocks, dense_width, vocabulary);
  set_experts(m, experts, 8, width);
  m.set("attention.head_count", heads)
      .set("attention.head_count_kv", 1U)
      .set("attention.key_length", rank + rotated)
      .set("attention.value_length", rank)
      .set("attention.key_length_mla", straight + rotated)
      .set("attention.value_length_mla", straight)
      .set("attention.q_lora_rank", query_rank)
      .set("attention.kv_lora_rank", rank)
      .set("rope.dimension_count", rotated)
      .set("leading_dense_block_count", 3U)
      .set("expert_shared_count", 1U)
      .set("expert_weights_scale", 2.5F)
      .set("expert_weights_norm", true)
      .set("expert_gating_func", 2U);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    const std::string block = block_name(i);
    m.vector(block + "attn_norm", embedding)
        .vector(block + "attn_q_a_norm", query_rank)
        .vector(block + "attn_kv_a_norm", rank)
        .matrix(block + "attn_q_a", {embedding, query_rank})
        .matrix(block + "attn_q_b", {query_rank, heads * (straight + rotated)})
        .matrix(block + "attn_kv_a_mqa", {embedding, rank + rotated})
        .matrix(block + "attn_k_b", {straight, rank, heads})
        .matrix(block + "attn_v_b", {rank, straight, heads})
        .matrix(block + "attn_output", {std::uint64_t{heads} * straight, embedding});
    if (i < 3) {
      add_dense(m, block, embedding, dense_width);
      continue;
    }
    m.vector(block + "ffn_norm", embedding);
    add_experts(m, block, embedding, width, experts);
    m.plain(block + "exp_probs_b.bias", {experts})
        .matrix(block + "ffn_gate_shexp", {embedding, width})
        .matrix(block + "ffn_up_shexp", {embedding, width})
        .matrix(block + "ffn_down_shexp", {width, embedding});
  }
  finish(m, embedding, vocabulary);
  return m;
}

sparse_model gemma3(std::uint32_t vocabulary) {
  constexpr std::uint32_t embedding = 5376;
  constexpr std::uint32_t blocks = 62;
  constexpr std::uint32_t width = 21504;
  const head_counts heads{32, 16, 128};
  sparse_model m = start("gemma3", embedding, blocks, width, vocabulary);
  set_heads(m, heads);
  m.set("attention.sliding_window", 1024U);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    const std::string block = block_name(i);
    add_attention(m, block, embedding, heads);
    m.vector(block + "attn_q_norm", heads.size)
        .vector(block + "attn_k_norm", heads.size)
        .vector(block + "post_attention_norm", embedding)
        .vector(block + "post_ffw_norm", embedding);
    add_dense(m, block, embedding, width);
  }
  finish(m, embedding, vocabulary);
  return m;
}

sparse_model gpt_oss(std::uint32_t vocabulary) {
  constexpr std::uint32_t embedding = 2880;
  constexpr std::uint32_t blocks = 36;
  constexpr std::uint32_t width = 2880;
  constexpr std::uint32_t experts = 128;
  const head_counts heads{64, 8, 64};
  constexpr std::uint64_t query = 64 * 64;
  constexpr std::uint64_t kept = 8 * 64;
  sparse_model m = start("gpt-oss", embedding, blocks, width, vocabulary);
  set_heads(m, heads);
  set_experts(m, experts, 4, width);
  m.set("attention.sliding_window", 128U);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    const std::string block = block_name(i);
    add_attention(m, block, embedding, heads);
    m.vector(block + "post_attention_norm", embedding)
        .plain(block + "attn_q.bias", {query})
        .plain(block + "attn_k.bias", {kept})
        .plain(block + "attn_v.bias", {kept})
        .plain(block + "attn_output.bias", {embedding})
        .vector(block + "attn_sinks", heads.all);
    add_experts(m, block, embedding, width, experts);
    m.plain(block + "ffn_gate_inp.bias", {experts})
        .plain(block + "ffn_gate_exps.bias", {width, experts})
        .plain(block + "ffn_up_exps.bias", {width, experts})
        .plain(block + "ffn_down_exps.bias", {embedding, experts});
  }
  finish(m, embedding, vocabulary);
  return m;
}

sparse_model mamba2(std::uint32_t vocabulary) {
  constexpr std::uint32_t embedding = 2560;
  constexpr std::uint32_t blocks = 64;
  constexpr std::uint32_t inner = 5120;
  constexpr std::uint32_t size = 128;
  constexpr std::uint32_t heads = 80;
  constexpr std::uint64_t convolved = inner + 2 * size;
  sparse_model m = start("mamba2", embedding, blocks, 0, vocabulary);
  m.set("attention.head_count", 0U)
      .set("ssm.conv_kernel", 4U)
      .set("ssm.inner_size", inner)
      .set("ssm.state_size", size)
      .set("ssm.group_count", 1U)
      .set("ssm.time_step_rank", heads);
  for (std::uint32_t i = 0; i < blocks; ++i) {
    const std::string block = block_name(i);
    m.vector(block + "attn_norm", embedding)
        .matrix(block + "ssm_in", {embedding, inner + convolved + heads})
        .matrix(block + "ssm_conv1d", {4, convolved}, stored::f32)
        .plain(block + "ssm_conv1d.bias", {convolved})
        .plain(block + "ssm_dt.bias", {heads})
        .plain(block + "ssm_a", {1, heads})
        .plain(block + "ssm_d", {1, heads})
        .matrix(block + "ssm_norm", {inner, 1}, stored::f32)
        .matrix(block + "ssm_out", {inner, embedding});
  }
  finish(m, embedding, vocabulary);
  return m;
}

sparse_model bge_large(std::uint32_t vocabulary) {
  constexpr std::uint32_t embedding = 1024;
  constexpr std::uint32_t blocks = 24;
  constexpr std::uint32_t width = 4096;
  sparse_model m = start("bert", embedding, blocks, width, vocabulary);
  m.set("attention.head_count", 16U)
      .set("attention.layer_norm_epsilon", 1e-12F)
      .set("attention.causal", false)
      .set("pooling_type", 2U);
  m.count("tokenizer.ggml.token_type_count", 2);
  m.matrix("token_types", {embedding, 2}, stored::f32)
      .matrix("position_embd", {embedding, context}, stored::f32)
      .vector("token_embd_norm", embedding)
      .plain("token_embd_norm.bias", {embedding});
  for (std::uint32_t i = 0; i < blocks; ++i) {
    const std::string block = block_name(i);
    for (const char* part : {"attn_q", "attn_k", "attn_v", "attn_output"}) {
      m.matrix(block + part, {embedding, embedding}).plain(block + part + ".bias", {embedding});
    }
    for (const char* part : {"attn_output_norm", "layer_output_norm"}) {
      m.vector(block + part, embedding).plain(block + part + ".bias", {embedding});
    }
    m.matrix(block + "ffn_up", {embedding, width})
        .plain(block + "ffn_up.bias", {width})
        .matrix(block + "ffn_down", {width, embedding})
        .plain(block + "ffn_down.bias", {embedding});
  }
  return m;
}

}  // namespace

const std::vector<production_shape>& production_shapes() {
  static const std::vector<production_shape> shapes{
      {"Qwen2.5-7B",
       [](auto v) {
         return dense("qwen2", 3584, 28, {28, 4, 128}, 18944, v);
       },
       152064},
      {"Llama-3.1-70B",
       [](auto v) {
         return dense("llama", 8192, 80, {64, 8, 128}, 28672, v);
       },
       128256},
      {"Qwen3-30B-A3B",
       [](auto v) {
         return qwen3moe(2048, 48, {32, 4, 128}, 768, v);
       },
       151936},
      {"Qwen3-235B-A22B",
       [](auto v) {
         return qwen3moe(4096, 94, {64, 4, 128}, 1536, v);
       },
       151936},
      {"Qwen3-Next-80B-A3B", qwen3next, 151936},
      {"DeepSeek-V3", deepseek_v3, 129280},
      {"gemma-3-27b", gemma3, 262208},
      {"gpt-oss-120b", gpt_oss, 201088},
      {"mamba2-2.7b", mamba2, 50288},
      {"bge-large", bge_large, 30522, true}};
  return shapes;
}

}  // namespace rolecall::oracle
