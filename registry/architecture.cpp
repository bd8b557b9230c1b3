#include "registry/architecture.hpp"

#include "registry/architecture_keys.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace rolecall::registry {

namespace {

constexpr std::array fully_recurrent{"mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"};
constexpr std::array hybrid{
    "bailingmoe3",    "deepseek4",   "falcon-h1", "glm5-next", "granitehybrid", "jamba",
    "kimi-k3",        "kimi-linear", "lfm2",      "lfm2moe",   "minimax-01",    "nemotron_h",
    "nemotron_h_moe", "plamo2",      "qwen35",    "qwen35moe", "qwen3next",     "qwen4exp"};
constexpr std::array encoders{"bert",         "nomic-bert",      "nomic-bert-moe", "neo-bert",
                              "jina-bert-v2", "jina-bert-v3",    "modern-bert",    "eurobert",
                              "t5encoder",    "gemma-embedding", "llama-embed"};
constexpr std::array made_for_images{"qwen2vl",   "qwen3vl",    "qwen3vlmoe",    "cogvlm",
                                     "paddleocr", "hunyuan_vl", "deepseek2-ocr", "chameleon"};
template <std::size_t N>
bool contains(const std::array<const char*, N>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

}  // namespace

architecture_traits traits_of(const gguf_header& header, std::string_view architecture) {
  const architecture_keys keys(header, architecture);
  architecture_traits traits;
  traits.recurrent = contains(fully_recurrent, architecture) || contains(hybrid, architecture);
  for (const char* name : {"ssm.conv_kernel", "ssm.inner_size", "ssm.state_size", "wkv.head_size",
                           "shortconv.l_cache", "kda.head_dim"}) {
    traits.recurrent = traits.recurrent || keys.number_or(name, 0) > 0;
  }
  traits.encoder = contains(encoders, architecture);
  traits.vision = contains(made_for_images, architecture);
  return traits;
}

}  // namespace rolecall::registry
