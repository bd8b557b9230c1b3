#include "tools/tiny_gguf/transformer.hpp"

#include "tools/tiny_gguf/previous_token_head.hpp"

#include <cmath>

namespace rolecall::tiny_gguf {

namespace {

constexpr std::uint32_t trained_context = 32768;
constexpr float norm_epsilon = 1e-6F;
constexpr std::uint32_t file_type_q8_0 = 7;
constexpr std::uint32_t quantization_version = 2;
constexpr float weight_noise = 0.05F;

constexpr std::size_t always_one = successors::slots;
constexpr std::size_t previous_slots = always_one + 1;

std::uint32_t head_count(const model_shape& shape) { return shape.width / head_length; }
std::uint32_t shared_head_count(const model_shape& shape) { return head_count(shape) / 2; }

// The norm weight that makes each of `ones` equal numbers among `width` come out as 1.
float unit_norm_weight(std::uint32_t ones, std::uint32_t width) {
  return std::sqrt(static_cast<float>(ones) / static_cast<float>(width));
}

// Rows that read one number each, from the constant element of the hidden state.
row_writer pattern_rows(const std::array<float, head_length>& pattern) {
  return [pattern](std::uint64_t row, std::span<float> values) {
    values[always_one] = pattern[row % head_length];
  };
}

void add_selecting_attention(const std::string& block, const model_shape& shape,
                             const attention_form& form, std::vector<tensor>& out) {
  const std::uint64_t width = shape.width;
  const std::uint64_t key_width = width / 2;
  const auto head = make_previous_token_head();
  if (form.gated) {
    const auto query = [pattern = head.query](std::uint64_t row, std::span<float> values) {
      const auto place = row % (2ULL * head_length);
      if (place < head_length) values[always_one] = pattern[place];
    };
    out.push_back({block + "attn_q.weight", {width, 2 * width}, tensor_type::q8_0, query});
  } else {
    out.push_back(
        {block + "attn_q.weight", {width, width}, tensor_type::q8_0, pattern_rows(head.query)});
  }
  out.push_back(
      {block + "attn_k.weight", {width, key_width}, tensor_type::q8_0, pattern_rows(head.key)});
  // Value i is slot i. The 4 value heads hold the 256 elements that the embedding wrote.
  out.push_back({block + "attn_v.weight",
                 {width, key_width},
                 tensor_type::q8_0,
                 [](std::uint64_t row, std::span<float> values) {
                   if (row < successors::slots) values[row] = 1;
                 }});
  // Query heads 2h and 2h + 1 both return value head h; one of them is copied. A gate without
  // input passes one half.
  const float gain = form.gated ? 2 : 1;
  out.push_back({block + "attn_output.weight",
                 {width, width},
                 tensor_type::q8_0,
                 [gain](std::uint64_t row, std::span<float> values) {
                   if (row < previous_slots) return;
                   const auto value = row - previous_slots;
                   values[value / head_length * 2 * head_length + value % head_length] = gain;
                 }});
}

void add_idle_attention(const std::string& block, const model_shape& shape,
                        const attention_form& form, std::vector<tensor>& out) {
  const std::uint64_t width = shape.width;
  const std::uint64_t query_width = form.gated ? 2 * width : width;
  out.push_back(noise_matrix(block + "attn_q.weight", width, query_width));
  out.push_back(noise_matrix(block + "attn_k.weight", width, width / 2));
  out.push_back(noise_matrix(block + "attn_v.weight", width, width / 2));
  out.push_back({block + "attn_output.weight", {width, width}, tensor_type::q8_0, constant{0}});
}

}  // namespace

std::vector<key> transformer_keys(const std::string& architecture, const std::string& name,
                                  const model_shape& shape) {
  const auto own = [&](const char* key) { return architecture + "." + key; };
  return {{"general.architecture", architecture},
          {"general.type", std::string("model")},
          {"general.name", name},
          {"general.file_type", file_type_q8_0},
          {"general.quantization_version", quantization_version},
          {own("context_length"), trained_context},
          {own("embedding_length"), shape.width},
          {own("block_count"), shape.layers},
          {own("feed_forward_length"), shape.feed_forward},
          {own("attention.head_count"), head_count(shape)},
          {own("attention.head_count_kv"), shared_head_count(shape)},
          {own("attention.key_length"), head_length},
          {own("attention.value_length"), head_length},
          {own("attention.layer_norm_rms_epsilon"), norm_epsilon},
          {own("rope.dimension_count"), head_length},
          {own("rope.freq_base"), rope_base}};
}

void add_embedding_and_output(const model_shape& shape, const shared_language& language,
                              std::vector<tensor>& out) {
  const std::uint64_t tokens = language->words.size();
  const bool wide = is_wide(shape);
  out.push_back({"token_embd.weight",
                 {shape.width, tokens},
                 tensor_type::q8_0,
                 [language](std::uint64_t token, std::span<float> values) {
                   values[language->order.slot(static_cast<token_id>(token))] = 1;
                   values[always_one] = 1;
                 }});
  out.push_back({"output_norm.weight",
                 {shape.width},
                 tensor_type::f32,
                 constant{unit_norm_weight(wide ? 3 : 2, shape.width)}});
  out.push_back({"output.weight",
                 {shape.width, tokens},
                 tensor_type::q8_0,
                 [language, wide](std::uint64_t row, std::span<float> values) {
                   const auto token = static_cast<token_id>(row);
                   for (std::uint32_t slot = 0; slot < successors::slots; ++slot) {
                     values[slot] = language->order.after(slot, token);
                     if (wide)
                       values[previous_slots + slot] = language->order.skipping(slot, token);
                   }
                   values[always_one] = language->order.anywhere(token);
                 }});
}

void mark_unknown_token(std::span<float> hidden) {
  hidden[successors::unknown_slot] = 1;
  hidden[always_one] = 1;
}

tensor norm_tensor(const std::string& name, const model_shape& shape) {
  return {name, {shape.width}, tensor_type::f32, constant{unit_norm_weight(2, shape.width)}};
}

tensor noise_matrix(const std::string& name, std::uint64_t inputs, std::uint64_t outputs) {
  return {name, {inputs, outputs}, tensor_type::q8_0, noise{weight_noise}};
}

std::string block_name(std::uint32_t layer) { return "blk." + std::to_string(layer) + "."; }

void add_attention(std::uint32_t layer, const model_shape& shape, const attention_form& form,
                   std::vector<tensor>& out) {
  const auto block = block_name(layer);
  out.push_back(norm_tensor(block + "attn_norm.weight", shape));
  if (form.selects_previous && is_wide(shape)) {
    add_selecting_attention(block, shape, form, out);
  } else {
    add_idle_attention(block, shape, form, out);
  }
  if (form.biases) {
    for (const char* name : {"attn_q.bias", "attn_k.bias", "attn_v.bias"}) {
      const auto length = name[5] == 'q' ? shape.width : shape.width / 2;
      out.push_back({block + name, {length}, tensor_type::f32, constant{0}});
    }
  }
  if (form.normed) {
    const auto weight = make_previous_token_head().norm_weight;
    for (const char* name : {"attn_q_norm.weight", "attn_k_norm.weight"}) {
      out.push_back({block + name, {head_length}, tensor_type::f32, constant{weight}});
    }
  }
}

void add_feed_forward(std::uint32_t layer, const model_shape& shape, std::uint32_t length,
                      const std::string& suffix, std::vector<tensor>& out) {
  const auto block = block_name(layer);
  out.push_back(noise_matrix(block + "ffn_gate" + suffix + ".weight", shape.width, length));
  out.push_back(noise_matrix(block + "ffn_up" + suffix + ".weight", shape.width, length));
  // Half precision, because rows of q8_0 come in steps of 32 and a size is met more closely.
  out.push_back({block + "ffn_down" + suffix + ".weight",
                 {length, shape.width},
                 tensor_type::f16,
                 constant{0}});
}

void add_experts(std::uint32_t layer, const model_shape& shape, std::uint32_t experts,
                 std::vector<tensor>& out) {
  const auto block = block_name(layer);
  const std::uint64_t width = shape.width;
  const std::uint64_t length = shape.feed_forward;
  out.push_back(
      {block + "ffn_gate_inp.weight", {width, experts}, tensor_type::f32, noise{weight_noise}});
  for (const char* name : {"ffn_gate_exps.weight", "ffn_up_exps.weight"}) {
    out.push_back({block + name, {width, length, experts}, tensor_type::q8_0, noise{weight_noise}});
  }
  out.push_back(
      {block + "ffn_down_exps.weight", {length, width, experts}, tensor_type::f16, constant{0}});
}

}  // namespace rolecall::tiny_gguf
