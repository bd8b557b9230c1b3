#pragma once

#include "tools/tiny_gguf/gguf_file.hpp"
#include "tools/tiny_gguf/language.hpp"
#include "tools/tiny_gguf/model_shape.hpp"

#include <memory>
#include <span>
#include <string>
#include <vector>

namespace rolecall::tiny_gguf {

// Parts of a transformer that speaks. Its hidden state is
//
//   [0, 255)    one-hot: the slot of the token
//   255         always 1
//   [256, 511)  one-hot: the slot of the token before (wide models only)
//
// The embedding writes the first two, one attention layer the third, and every other block adds
// nothing whatever its weights are. The output matrix holds the scores of `successors`.

// The file's row writers keep what they read from alive, hence shared.
using shared_language = std::shared_ptr<const language>;

// How the architectures' attention differs.
struct attention_form {
  bool biases = false;            // qwen2: on query, key and value
  bool normed = false;            // qwen3: RMS norm on each query and key head
  bool gated = false;             // qwen3next: each query head is followed by a gate's
  bool selects_previous = false;  // this layer writes the slot of the token before
};

inline bool is_wide(const model_shape& shape) { return shape.width == wide_width; }

// general.* and the hyperparameters common to the architectures.
std::vector<key> transformer_keys(const std::string& architecture, const std::string& name,
                                  const model_shape& shape);

// token_embd, output_norm and output.
void add_embedding_and_output(const model_shape& shape, const shared_language& language,
                              std::vector<tensor>& out);

// The hidden state with which a token enters that the text does not have.
void mark_unknown_token(std::span<float> hidden);

// An RMS norm that leaves the hidden state's numbers at about 1.
tensor norm_tensor(const std::string& name, const model_shape& shape);

// A matrix from `inputs` to `outputs` numbers whose values do not matter.
tensor noise_matrix(const std::string& name, std::uint64_t inputs, std::uint64_t outputs);

// "blk.3." for layer 3.
std::string block_name(std::uint32_t layer);

void add_attention(std::uint32_t layer, const model_shape& shape, const attention_form& form,
                   std::vector<tensor>& out);

// ffn_gate, ffn_up and ffn_down, which add nothing to the hidden state. `suffix` is "", "_shexp".
void add_feed_forward(std::uint32_t layer, const model_shape& shape, std::uint32_t length,
                      const std::string& suffix, std::vector<tensor>& out);

// The router and the experts, which add nothing to the hidden state.
void add_experts(std::uint32_t layer, const model_shape& shape, std::uint32_t experts,
                 std::vector<tensor>& out);

}  // namespace rolecall::tiny_gguf
