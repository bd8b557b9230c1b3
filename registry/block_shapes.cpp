#include "registry/block_shapes.hpp"

#include "registry/architecture.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace rolecall::registry {

namespace {

constexpr std::array fully_recurrent{"mamba", "mamba2", "rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"};
/// Hybrid models whose every n-th layer has full attention, n being 4 unless the file says
/// otherwise.
constexpr std::array interleaved{"qwen3next", "qwen35", "qwen35moe", "qwen4exp"};
constexpr std::uint64_t default_attention_interval = 4;
/// More blocks than any model; keeps hostile counts from becoming memory.
constexpr std::uint64_t most_blocks = 4096;

template <std::size_t N>
bool contains(const std::array<const char*, N>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

/// nemotron_h has blocks that are a feed-forward part alone.
bool has_plain_layers(std::string_view architecture) {
  return architecture.substr(0, 10) == "nemotron_h";
}

/// Which layers have recurrent state instead of a KV cache.
std::vector<bool> recurrent_layers(const architecture_keys& keys, std::string_view architecture,
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
  // Layers without KV heads.
  for (std::size_t i = 0; i < blocks; ++i) recurrent[i] = kv_heads[i] == 0;
  return recurrent;
}

/// Reads what one block is made of.
class block_reader {
 public:
  block_reader(const architecture_keys& keys, std::string_view architecture,
               const tensor_index& tensors)
      : keys_(keys), architecture_(architecture), tensors_(tensors) {}

  [[nodiscard]] attention_shape attention(std::size_t block, std::uint64_t heads,
                                          std::uint64_t kv_heads, std::uint64_t usual_size) const {
    attention_shape shape;
    const std::uint64_t k_size = keys_.number_or("attention.key_length", usual_size);
    const std::uint64_t v_size = keys_.number_or("attention.value_length", usual_size);
    shape.heads = std::max<std::uint64_t>(heads, 1);
    shape.query = heads * k_size;
    shape.key = kv_heads * k_size;
    shape.value = kv_heads * v_size;
    shape.output = heads * v_size;
    // Q, K and V of models that leave out a head size have their tensors' widths.
    shape.fused = tensors_.has(name(block, "attn_qkv"));
    shape.gated = rows(block, "attn_q") == 2 * shape.query && shape.query > 0;
    shape.index_width = keys_.number_or("attention.indexer.key_length", 0);
    if (shape.index_width > 0 && (tensors_.empty() || has_indexer(block))) {
      shape.index_heads =
          std::max<std::uint64_t>(keys_.number_or("attention.indexer.head_count", 1), 1);
      shape.picked = keys_.number_or("attention.indexer.top_k", 0);
    }
    read_latent(block, shape, k_size);
    return shape;
  }

  [[nodiscard]] recurrence_shape recurrent(std::size_t block, std::uint64_t heads) const;

  [[nodiscard]] feed_forward_shape feed_forward(std::size_t block) const {
    feed_forward_shape shape;
    shape.width = std::max(rows(block, "ffn_up"), rows(block, "ffn_gate"));
    shape.gated = rows(block, "ffn_gate") > 0;
    // phi3 and others make both halves with one product.
    if (!shape.gated && shape.width > 0 && inner(block, "ffn_down") * 2 == shape.width) {
      shape.gated = true;
      shape.width /= 2;
    }
    shape.experts = rows(block, "ffn_gate_inp");
    if (shape.experts > 0) {
      shape.expert_width = inner(block, "ffn_down_exps");
      shape.merged = rows(block, "ffn_gate_up_exps") > 0;
      shape.shared_width = rows(block, "ffn_up_shexp");
    }
    shape.beside = !tensors_.has(name(block, "ffn_norm")) &&
                   !tensors_.has(name(block, "post_attention_norm")) &&
                   !tensors_.has(name(block, "attn_output_norm"));
    return shape;
  }

 private:
  [[nodiscard]] static std::string name(std::size_t block, std::string_view part) {
    return "blk." + std::to_string(block) + "." + std::string(part) + ".weight";
  }
  [[nodiscard]] std::uint64_t rows(std::size_t block, std::string_view part) const {
    return tensors_.rows(name(block, part));
  }
  [[nodiscard]] std::uint64_t inner(std::size_t block, std::string_view part) const {
    return tensors_.columns(name(block, part));
  }
  [[nodiscard]] bool has_indexer(std::size_t block) const {
    return tensors_.has(name(block, "indexer.attn_k")) ||
           tensors_.has(name(block, "indexer.k_proj"));
  }

  /// Latent attention keeps one compressed row, and derives V from it (llama_hparams::is_mla).
  void read_latent(std::size_t block, attention_shape& shape, std::uint64_t k_size) const {
    const std::uint64_t k_head = keys_.number_or("attention.key_length_mla", 0);
    const std::uint64_t v_head = keys_.number_or("attention.value_length_mla", 0);
    shape.latent_rank = keys_.number_or("attention.kv_lora_rank", 0);
    shape.latent = k_head > 0 && shape.latent_rank > 0;
    if (architecture_ == "deepseek4") {
      shape.key = k_size;
      shape.value = 0;
    }
    if (!shape.latent) return;
    shape.query_rank = rows(block, "attn_q_a");
    shape.key = k_size;
    shape.value = 0;
    shape.query = shape.heads * k_size;
    shape.output = shape.heads * v_head;
    shape.rotated = k_size > shape.latent_rank ? k_size - shape.latent_rank : 0;
    shape.straight = k_head > shape.rotated ? k_head - shape.rotated : 0;
  }

  const architecture_keys& keys_;
  std::string_view architecture_;
  const tensor_index& tensors_;
};

recurrence_shape block_reader::recurrent(std::size_t block, std::uint64_t heads) const {
  recurrence_shape shape;
  shape.kind = recurrence::other;
  const std::uint64_t embedding = keys_.number_or("embedding_length", 0);
  const std::uint64_t convolution = keys_.number_or("ssm.conv_kernel", 0);
  if (const auto head_size = keys_.number_or("wkv.head_size", 0); head_size != 0) {
    shape.carried = embedding * keys_.number_or("token_shift_count", 2);
    shape.state = embedding * head_size;
    shape.inner = embedding;
    return shape;
  }
  if (const auto cached = keys_.number_or("shortconv.l_cache", 0); cached != 0) {
    shape.kind = recurrence::short_convolution;
    shape.carried = embedding * (cached - 1);
    shape.inner = embedding;
    return shape;
  }
  if (const auto head = keys_.number_or("kda.head_dim", 0); head != 0) {
    const std::uint64_t taps = convolution > 0 ? convolution - 1 : 3;
    shape.carried = 3 * taps * heads * head;
    shape.state = head * head * heads;
    shape.inner = heads * head;
    return shape;
  }
  if (architecture_ == "minimax-01") {
    const std::uint64_t head =
        keys_.number_or("attention.key_length", heads == 0 ? 0 : embedding / heads);
    shape.state = head * head * heads;
    shape.inner = heads * head;
    return shape;
  }
  shape.inner = keys_.number_or("ssm.inner_size", 0);
  const std::uint64_t size = keys_.number_or("ssm.state_size", 0);
  const std::uint64_t groups = keys_.number_or("ssm.group_count", 0);
  const std::uint64_t taps = convolution > 0 ? convolution - 1 : 0;
  shape.convolved = shape.inner + 2 * groups * size;
  shape.carried = taps * shape.convolved;
  shape.state = size * shape.inner;
  shape.ranked = rows(block, "ssm_x");
  if (rows(block, "ssm_beta_alpha") + rows(block, "ssm_ba") + rows(block, "ssm_beta") > 0) {
    shape.kind = recurrence::delta_net;
    shape.key = groups * size;
    shape.projected = shape.convolved;
  } else if (shape.ranked > 0) {
    shape.kind = recurrence::selective_scan;
    shape.convolved = shape.inner;
    shape.projected = rows(block, "ssm_in");
  } else if (rows(block, "ssm_in") > 0) {
    shape.kind = recurrence::grouped_scan;
    shape.projected = rows(block, "ssm_in");
  }
  return shape;
}

}  // namespace

std::vector<block_shape> blocks_of(const gguf_header& header, std::string_view architecture,
                                   const tensor_index& tensors) {
  const architecture_keys keys(header, architecture);
  const architecture_traits traits = traits_of(header, architecture);
  const auto all =
      static_cast<std::size_t>(std::min(keys.number_or("block_count", 0), most_blocks));
  const auto heads =
      keys.per_layer("attention.head_count", all).value_or(std::vector<std::uint64_t>(all, 0));
  const auto kv_heads = keys.per_layer("attention.head_count_kv", all).value_or(heads);
  const std::uint64_t most_heads =
      heads.empty() ? 0 : *std::max_element(heads.begin(), heads.end());
  const std::uint64_t usual_size =
      most_heads == 0 ? 0 : keys.number_or("embedding_length", 0) / most_heads;
  std::vector<bool> recurrent(all, false);
  if (traits.recurrent) recurrent = recurrent_layers(keys, architecture, kv_heads);
  // Every layer of falcon-h1 has both.
  const bool both = architecture == "falcon-h1";

  const auto feed_forward = keys.per_layer("feed_forward_length", all);
  const block_reader read(keys, architecture, tensors);
  const auto predicting = static_cast<std::size_t>(
      std::min<std::uint64_t>(keys.number_or("nextn_predict_layers", 0), all));
  std::vector<block_shape> blocks(all - predicting);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    blocks[i].feed_forward = read.feed_forward(i);
    if (has_plain_layers(architecture) && feed_forward && (*feed_forward)[i] != 0) continue;
    if (recurrent[i] || both) blocks[i].recurrent = read.recurrent(i, most_heads);
    if ((!recurrent[i] || both) && kv_heads[i] > 0)
      blocks[i].attention = read.attention(i, heads[i], kv_heads[i], usual_size);
  }
  return blocks;
}

}  // namespace rolecall::registry
