#include "registry/architecture.hpp"

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
/// Hybrid models whose every n-th layer has full attention, n being 4 unless the file says
/// otherwise.
constexpr std::array interleaved{"qwen3next", "qwen35", "qwen35moe", "qwen4exp"};
constexpr std::uint64_t default_attention_interval = 4;

/// More blocks than any model; keeps hostile counts from becoming memory.
constexpr std::uint64_t most_blocks = 4096;
/// More of anything that is multiplied below; products of three stay within 64 bits.
constexpr std::uint64_t largest_factor = 1ULL << 20;

template <std::size_t N>
bool contains(const std::array<const char*, N>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// Keys of one architecture, "qwen2.block_count" for "block_count".
class arch_keys {
 public:
  arch_keys(const gguf_header& header, std::string_view architecture)
      : header_(header), prefix_(std::string(architecture) + ".") {}

  [[nodiscard]] std::optional<std::uint64_t> number(std::string_view name) const {
    const auto value = header_.number(prefix_ + std::string(name));
    return value ? std::optional(std::min(*value, largest_factor)) : std::nullopt;
  }
  [[nodiscard]] std::uint64_t number_or(std::string_view name, std::uint64_t fallback) const {
    return number(name).value_or(fallback);
  }
  [[nodiscard]] std::optional<std::vector<std::uint64_t>> per_layer(std::string_view name,
                                                                    std::size_t count) const {
    auto values = header_.per_layer(prefix_ + std::string(name), count);
    if (values) {
      for (std::uint64_t& value : *values) value = std::min(value, largest_factor);
    }
    return values;
  }

 private:
  const gguf_header& header_;
  std::string prefix_;
};

/// f32 elements of recurrent state in one layer.
std::uint64_t state_elements(const arch_keys& keys, std::string_view architecture,
                             std::uint64_t heads) {
  const std::uint64_t embedding = keys.number_or("embedding_length", 0);
  const std::uint64_t convolution = keys.number_or("ssm.conv_kernel", 0);
  if (const auto head_size = keys.number_or("wkv.head_size", 0); head_size != 0) {
    return embedding * keys.number_or("token_shift_count", 2) + embedding * head_size;
  }
  if (const auto cached = keys.number_or("shortconv.l_cache", 0); cached != 0) {
    return embedding * (cached - 1);
  }
  if (const auto head = keys.number_or("kda.head_dim", 0); head != 0) {
    const std::uint64_t taps = convolution > 0 ? convolution - 1 : 3;
    return 3 * taps * heads * head + head * head * heads;
  }
  if (architecture == "minimax-01") {
    const std::uint64_t head =
        keys.number_or("attention.key_length", heads == 0 ? 0 : embedding / heads);
    return head * head * heads;
  }
  const std::uint64_t inner = keys.number_or("ssm.inner_size", 0);
  const std::uint64_t state = keys.number_or("ssm.state_size", 0);
  const std::uint64_t groups = keys.number_or("ssm.group_count", 0);
  const std::uint64_t taps = convolution > 0 ? convolution - 1 : 0;
  return taps * (inner + 2 * groups * state) + state * inner;
}

/// Which layers have recurrent state instead of a KV cache.
std::vector<bool> recurrent_layers(const arch_keys& keys, std::string_view architecture,
                                   const std::vector<std::uint64_t>& kv_heads) {
  const std::size_t blocks = kv_heads.size();
  std::vector<bool> recurrent(blocks, false);
  if (contains(fully_recurrent, architecture)) return std::vector<bool>(blocks, true);
  if (const auto listed = keys.per_layer("attention.recurrent_layers", blocks)) {
    for (std::size_t i = 0; i < blocks; ++i) recurrent[i] = (*listed)[i] != 0;
    return recurrent;
  }
  const auto interval = keys.number("full_attention_interval");
  if (interval || contains(interleaved, architecture)) {
    const std::uint64_t n =
        std::max<std::uint64_t>(interval.value_or(default_attention_interval), 1);
    for (std::size_t i = 0; i < blocks; ++i) recurrent[i] = (i + 1) % n != 0;
    return recurrent;
  }
  // Layers without KV heads, unless they are plain feed-forward layers (nemotron_h).
  const auto feed_forward = keys.per_layer("feed_forward_length", blocks);
  const bool has_plain_layers = architecture.substr(0, 10) == "nemotron_h" && feed_forward;
  for (std::size_t i = 0; i < blocks; ++i) {
    recurrent[i] = kv_heads[i] == 0 && !(has_plain_layers && (*feed_forward)[i] != 0);
  }
  return recurrent;
}

}  // namespace

architecture_traits traits_of(const gguf_header& header, std::string_view architecture) {
  const arch_keys keys(header, architecture);
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

cache_shape shape_of(const gguf_header& header, std::string_view architecture) {
  const arch_keys keys(header, architecture);
  const architecture_traits traits = traits_of(header, architecture);
  cache_shape shape;
  const auto blocks =
      static_cast<std::size_t>(std::min(keys.number_or("block_count", 0), most_blocks));
  const auto heads = keys.per_layer("attention.head_count", blocks)
                         .value_or(std::vector<std::uint64_t>(blocks, 0));
  const auto kv_heads = keys.per_layer("attention.head_count_kv", blocks).value_or(heads);
  const std::uint64_t most_heads =
      heads.empty() ? 0 : *std::max_element(heads.begin(), heads.end());
  const std::uint64_t head_size =
      most_heads == 0 ? 0 : keys.number_or("embedding_length", 0) / most_heads;
  const std::uint64_t k_size = keys.number_or("attention.key_length", head_size);
  const std::uint64_t v_size = keys.number_or("attention.value_length", head_size);
  // Multi-head latent attention keeps one compressed row, and derives V from it.
  const bool latent = keys.number_or("attention.kv_lora_rank", 0) > 0 &&
                      keys.number_or("attention.key_length_mla", 0) > 0;
  // Sparse attention (DeepSeek's) keeps one more row, with which it picks the tokens to look at.
  const std::uint64_t index_size = keys.number_or("attention.indexer.key_length", 0);
  // Every layer of falcon-h1 has both.
  const bool both = architecture == "falcon-h1";

  std::vector<bool> recurrent(blocks, false);
  if (traits.recurrent) recurrent = recurrent_layers(keys, architecture, kv_heads);
  if (both) recurrent.assign(blocks, true);
  const std::uint64_t per_layer =
      traits.recurrent ? state_elements(keys, architecture, most_heads) : 0;
  for (std::size_t i = 0; i < blocks; ++i) {
    if (recurrent[i]) shape.state_bytes += per_layer * sizeof(float);
    if (traits.encoder || (recurrent[i] && !both)) continue;
    shape.k_elements += (latent ? 1 : kv_heads[i]) * k_size + index_size;
    shape.v_elements += latent ? 0 : kv_heads[i] * v_size;
  }
  return shape;
}

}  // namespace rolecall::registry
