#pragma once

#include "tools/tiny_gguf/gguf_file.hpp"
#include "tools/tiny_gguf/model_shape.hpp"
#include "tools/tiny_gguf/transformer.hpp"

#include <cstdint>
#include <string>

namespace rolecall::tiny_gguf {

// One function for each architecture, each in its own file. What keys and tensors an architecture
// has is what llama.cpp 0.7.0 asks for when it loads one.

// qwen2: attention and feed-forward in every block.
gguf_file dense_model(const std::string& name, const model_shape& shape,
                      const shared_language& language);

// qwen3moe: 8 experts, 4 of them used.
gguf_file moe_model(const model_shape& shape, const shared_language& language);

// qwen3next: three gated delta net blocks, which keep a state instead of a cache, then one block of
// attention; 8 experts, 4 of them used, and a shared one.
gguf_file hybrid_model(const model_shape& shape, const shared_language& language);
inline constexpr std::uint32_t hybrid_period = 4;

// qwen2vl: dense with positions in three dimensions.
gguf_file vision_model(const model_shape& shape, const shared_language& language);

// clip with a qwen2vl_merger: the image encoder for a vision model of the given width.
gguf_file image_encoder(std::uint32_t width);

// bert: its first token's state is the mean of the text's word vectors, so texts that share words
// have similar embeddings.
gguf_file embedding_model(const model_shape& shape);
inline constexpr std::uint32_t embedding_width = 384;

}  // namespace rolecall::tiny_gguf
