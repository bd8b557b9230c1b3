#include "tools/tiny_gguf/architectures.hpp"

namespace rolecall::tiny_gguf {

namespace {

constexpr std::uint32_t experts = 8;
constexpr std::uint32_t experts_used = 4;
constexpr std::uint32_t shared_expert_length = 64;

// The gated delta net: heads of queries and keys, each serving two heads of values.
constexpr std::uint32_t state_length = 64;  // of one head
constexpr std::uint32_t key_heads = 2;
constexpr std::uint32_t value_heads = 4;
constexpr std::uint32_t value_length = value_heads * state_length;
constexpr std::uint32_t convolved_length = 2 * key_heads * state_length + value_length;
constexpr std::uint32_t convolution = 4;
constexpr float decay = -1.0F;
constexpr float filter_noise = 0.2F;

bool has_attention(std::uint32_t layer) { return layer % hybrid_period == hybrid_period - 1; }

void add_delta_net(std::uint32_t layer, const model_shape& shape, std::vector<tensor>& out) {
  const auto block = block_name(layer);
  const std::uint64_t width = shape.width;
  out.push_back(norm_tensor(block + "attn_norm.weight", shape));
  out.push_back(noise_matrix(block + "attn_qkv.weight", width, convolved_length));
  out.push_back(noise_matrix(block + "attn_gate.weight", width, value_length));
  out.push_back({block + "ssm_conv1d.weight",
                 {convolution, convolved_length},
                 tensor_type::f32,
                 noise{filter_noise}});
  out.push_back({block + "ssm_dt.bias", {value_heads}, tensor_type::f32, constant{0}});
  out.push_back({block + "ssm_a", {value_heads}, tensor_type::f32, constant{decay}});
  out.push_back(noise_matrix(block + "ssm_ba.weight", width, 2ULL * value_heads));
  out.push_back({block + "ssm_norm.weight", {state_length}, tensor_type::f32, constant{1}});
  out.push_back({block + "ssm_out.weight", {value_length, width}, tensor_type::q8_0, constant{0}});
}

std::vector<key> hybrid_keys(const model_shape& shape) {
  auto keys = transformer_keys("qwen3next", "Rolecall tiny hybrid", shape);
  const std::pair<const char*, std::uint32_t> own[] = {
      {"qwen3next.expert_count", experts},
      {"qwen3next.expert_used_count", experts_used},
      {"qwen3next.expert_feed_forward_length", shape.feed_forward},
      {"qwen3next.expert_shared_feed_forward_length", shared_expert_length},
      {"qwen3next.full_attention_interval", hybrid_period},
      {"qwen3next.ssm.conv_kernel", convolution},
      {"qwen3next.ssm.inner_size", value_length},
      {"qwen3next.ssm.state_size", state_length},
      {"qwen3next.ssm.time_step_rank", value_heads},
      {"qwen3next.ssm.group_count", key_heads},
  };
  for (const auto& [name, value] : own) keys.push_back({name, value});
  return keys;
}

}  // namespace

gguf_file hybrid_model(const model_shape& shape, const shared_language& language) {
  gguf_file file;
  file.keys = hybrid_keys(shape);
  for (auto& key : language->words.keys()) file.keys.push_back(std::move(key));

  add_embedding_and_output(shape, language, file.tensors);
  for (std::uint32_t layer = 0; layer < shape.layers; ++layer) {
    const auto block = block_name(layer);
    if (has_attention(layer)) {
      const bool first = layer < hybrid_period;
      add_attention(layer, shape, {.normed = true, .gated = true, .selects_previous = first},
                    file.tensors);
    } else {
      add_delta_net(layer, shape, file.tensors);
    }
    file.tensors.push_back(norm_tensor(block + "post_attention_norm.weight", shape));
    add_experts(layer, shape, experts, file.tensors);
    file.tensors.push_back(
        {block + "ffn_gate_inp_shexp.weight", {shape.width}, tensor_type::f32, constant{0}});
    add_feed_forward(layer, shape, shared_expert_length, "_shexp", file.tensors);
  }
  return file;
}

}  // namespace rolecall::tiny_gguf
