#include "tools/tiny_gguf/architectures.hpp"

namespace rolecall::tiny_gguf {

namespace {

gguf_file attention_and_feed_forward(const std::string& architecture, const std::string& name,
                                     const model_shape& shape, const shared_language& language) {
  gguf_file file;
  file.keys = transformer_keys(architecture, name, shape);
  for (auto& key : language->words.keys()) file.keys.push_back(std::move(key));
  add_embedding_and_output(shape, language, file.tensors);
  for (std::uint32_t layer = 0; layer < shape.layers; ++layer) {
    add_attention(layer, shape, {.biases = true, .selects_previous = layer == 0}, file.tensors);
    file.tensors.push_back(norm_tensor(block_name(layer) + "ffn_norm.weight", shape));
    add_feed_forward(layer, shape, shape.feed_forward, "", file.tensors);
  }
  return file;
}

}  // namespace

gguf_file dense_model(const std::string& name, const model_shape& shape,
                      const shared_language& language) {
  return attention_and_feed_forward("qwen2", name, shape, language);
}

gguf_file vision_model(const model_shape& shape, const shared_language& language) {
  auto file = attention_and_feed_forward("qwen2vl", "Rolecall tiny vision", shape, language);
  // Pairs of a head's elements that turn with time, height and width.
  file.keys.push_back({"qwen2vl.rope.dimension_sections", std::vector<std::int32_t>{8, 12, 12, 0}});
  return file;
}

}  // namespace rolecall::tiny_gguf
