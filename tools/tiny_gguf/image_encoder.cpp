#include "tools/tiny_gguf/architectures.hpp"

namespace rolecall::tiny_gguf {

namespace {

constexpr std::uint32_t image_size = 224;
constexpr std::uint32_t patch_size = 14;
constexpr std::uint32_t colours = 3;
constexpr std::uint32_t width = 64;
constexpr std::uint32_t heads = 2;
constexpr std::uint32_t feed_forward = 128;
constexpr std::uint32_t layers = 1;
constexpr std::uint32_t merged_width = 4 * width;  // 2 x 2 patches become one token
constexpr float norm_epsilon = 1e-6F;
constexpr float weight_noise = 0.05F;
constexpr float image_noise = 0.002F;

std::vector<key> encoder_keys(std::uint32_t projection) {
  const std::string vision = "clip.vision.";
  return {{"general.architecture", std::string("clip")},
          {"general.type", std::string("mmproj")},
          {"general.name", std::string("Rolecall tiny image encoder")},
          {"general.file_type", std::uint32_t{0}},
          {"clip.has_vision_encoder", true},
          {"clip.projector_type", std::string("qwen2vl_merger")},
          {"clip.use_gelu", true},
          {vision + "image_size", image_size},
          {vision + "patch_size", patch_size},
          {vision + "embedding_length", width},
          {vision + "feed_forward_length", feed_forward},
          {vision + "projection_dim", projection},
          {vision + "block_count", layers},
          {vision + "attention.head_count", heads},
          {vision + "attention.layer_norm_epsilon", norm_epsilon},
          {vision + "image_mean", std::vector<float>{0.5F, 0.5F, 0.5F}},
          {vision + "image_std", std::vector<float>{0.5F, 0.5F, 0.5F}}};
}

void add_linear(const std::string& name, std::uint64_t inputs, std::uint64_t outputs,
                std::vector<tensor>& out) {
  out.push_back({name + ".weight", {inputs, outputs}, tensor_type::f16, noise{weight_noise}});
  out.push_back({name + ".bias", {outputs}, tensor_type::f32, constant{0}});
}

void add_layer_norm(const std::string& name, std::vector<tensor>& out) {
  out.push_back({name + ".weight", {width}, tensor_type::f32, constant{1}});
  out.push_back({name + ".bias", {width}, tensor_type::f32, constant{0}});
}

}  // namespace

gguf_file image_encoder(std::uint32_t projection) {
  gguf_file file;
  file.keys = encoder_keys(projection);
  auto& tensors = file.tensors;
  for (const char* name : {"v.patch_embd.weight", "v.patch_embd.weight.1"}) {
    tensors.push_back(
        {name, {patch_size, patch_size, colours, width}, tensor_type::f16, noise{weight_noise}});
  }
  for (std::uint32_t layer = 0; layer < layers; ++layer) {
    const auto block = "v." + block_name(layer);
    add_layer_norm(block + "ln1", tensors);
    for (const char* name : {"attn_q", "attn_k", "attn_v", "attn_out"}) {
      add_linear(block + name, width, width, tensors);
    }
    add_layer_norm(block + "ln2", tensors);
    add_linear(block + "ffn_up", width, feed_forward, tensors);
    add_linear(block + "ffn_down", feed_forward, width, tensors);
  }
  add_layer_norm("v.post_ln", tensors);
  add_linear("mm.0", merged_width, merged_width, tensors);
  // An image token looks like a word that the text does not have, with a trace of the image.
  tensors.push_back(
      {"mm.2.weight", {merged_width, projection}, tensor_type::f16, noise{image_noise}});
  tensors.push_back(
      {"mm.2.bias", {projection}, tensor_type::f32, [](std::uint64_t, std::span<float> values) {
         mark_unknown_token(values);
       }});
  return file;
}

}  // namespace rolecall::tiny_gguf
