#include "tools/tiny_gguf/architectures.hpp"
#include "tools/tiny_gguf/previous_token_head.hpp"
#include "tools/tiny_gguf/word_pieces.hpp"
#include "tools/tiny_gguf/word_vectors.hpp"

namespace rolecall::tiny_gguf {

namespace {

constexpr std::uint32_t trained_context = 512;
constexpr std::uint32_t pooling_cls = 2;
constexpr std::uint32_t token_types = 2;
constexpr float norm_epsilon = 1e-12F;
constexpr float weight_noise = 0.05F;

// How much the mean of the text's words outweighs the first token's own vector.
constexpr float mean_gain = 8.0F;

std::vector<key> embedding_keys(const model_shape& shape) {
  return {{"general.architecture", std::string("bert")},
          {"general.type", std::string("model")},
          {"general.name", std::string("Rolecall tiny embedding")},
          {"general.file_type", std::uint32_t{7}},
          {"general.quantization_version", std::uint32_t{2}},
          {"bert.context_length", trained_context},
          {"bert.embedding_length", shape.width},
          {"bert.block_count", shape.layers},
          {"bert.feed_forward_length", shape.feed_forward},
          {"bert.attention.head_count", shape.width / head_length},
          {"bert.attention.layer_norm_epsilon", norm_epsilon},
          {"bert.attention.causal", false},
          {"bert.pooling_type", pooling_cls}};
}

// The last elements hold the first token's own vector and nothing that is averaged, so that it is
// not part of every text's mean but keeps the embedding of an empty text from being zero.
constexpr std::uint32_t averaged_width = embedding_width - head_length;

void write_piece_vector(const std::string& piece, std::span<float> vector) {
  if (is_first_token(piece)) {
    write_word_vector(piece, vector.subspan(averaged_width));
  } else if (!is_special(piece)) {
    write_word_vector(spelling(piece), vector.first(averaged_width));
  }
}

tensor_contents averaged_diagonal(float value) {
  return [value](std::uint64_t row, std::span<float> values) {
    if (row < averaged_width) values[row] = value;
  };
}

void add_linear(const std::string& name, std::uint64_t inputs, std::uint64_t outputs,
                tensor_contents weights, std::vector<tensor>& out) {
  out.push_back({name + ".weight", {inputs, outputs}, tensor_type::q8_0, std::move(weights)});
  out.push_back({name + ".bias", {outputs}, tensor_type::f32, constant{0}});
}

void add_layer_norm(const std::string& name, std::uint64_t width, std::vector<tensor>& out) {
  out.push_back({name + ".weight", {width}, tensor_type::f32, constant{1}});
  out.push_back({name + ".bias", {width}, tensor_type::f32, constant{0}});
}

// The first block's queries and keys are zero, so every token attends to all alike and adds their
// mean to itself. The other blocks add nothing.
void add_block(std::uint32_t layer, const model_shape& shape, std::vector<tensor>& out) {
  const auto block = block_name(layer);
  const std::uint64_t width = shape.width;
  add_linear(block + "attn_q", width, width, constant{0}, out);
  add_linear(block + "attn_k", width, width, constant{0}, out);
  add_linear(block + "attn_v", width, width, averaged_diagonal(1), out);
  add_linear(block + "attn_output", width, width,
             layer == 0 ? averaged_diagonal(mean_gain) : tensor_contents(constant{0}), out);
  add_layer_norm(block + "attn_output_norm", width, out);
  add_linear(block + "ffn_up", width, shape.feed_forward, noise{weight_noise}, out);
  // Half precision, because rows of q8_0 come in steps of 32.
  out.push_back(
      {block + "ffn_down.weight", {shape.feed_forward, width}, tensor_type::f16, constant{0}});
  out.push_back({block + "ffn_down.bias", {width}, tensor_type::f32, constant{0}});
  add_layer_norm(block + "layer_output_norm", width, out);
}

}  // namespace

gguf_file embedding_model(const model_shape& shape) {
  const auto pieces = word_pieces();
  const std::uint64_t width = shape.width;
  gguf_file file;
  file.keys = embedding_keys(shape);
  for (auto& key : word_piece_keys(pieces)) file.keys.push_back(std::move(key));

  auto& tensors = file.tensors;
  tensors.push_back({"token_embd.weight",
                     {width, pieces.size()},
                     tensor_type::q8_0,
                     [pieces](std::uint64_t row, std::span<float> values) {
                       write_piece_vector(pieces[row], values);
                     }});
  tensors.push_back({"token_types.weight", {width, token_types}, tensor_type::f32, constant{0}});
  tensors.push_back(
      {"position_embd.weight", {width, trained_context}, tensor_type::f16, constant{0}});
  add_layer_norm("token_embd_norm", width, tensors);
  for (std::uint32_t layer = 0; layer < shape.layers; ++layer) add_block(layer, shape, tensors);
  return file;
}

}  // namespace rolecall::tiny_gguf
