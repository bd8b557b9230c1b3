#include "tools/tiny_gguf/architectures.hpp"

namespace rolecall::tiny_gguf {

namespace {

constexpr std::uint32_t experts = 8;
constexpr std::uint32_t experts_used = 4;

}  // namespace

gguf_file moe_model(const model_shape& shape, const shared_language& language) {
  gguf_file file;
  file.keys = transformer_keys("qwen3moe", "Rolecall tiny MoE", shape);
  file.keys.push_back({"qwen3moe.expert_count", experts});
  file.keys.push_back({"qwen3moe.expert_used_count", experts_used});
  file.keys.push_back({"qwen3moe.expert_feed_forward_length", shape.feed_forward});
  for (auto& key : language->words.keys()) file.keys.push_back(std::move(key));

  add_embedding_and_output(shape, language, file.tensors);
  for (std::uint32_t layer = 0; layer < shape.layers; ++layer) {
    add_attention(layer, shape, {.normed = true, .selects_previous = layer == 0}, file.tensors);
    file.tensors.push_back(norm_tensor(block_name(layer) + "ffn_norm.weight", shape));
    add_experts(layer, shape, experts, file.tensors);
  }
  return file;
}

}  // namespace rolecall::tiny_gguf
