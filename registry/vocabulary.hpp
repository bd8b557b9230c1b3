#pragma once

#include "registry/gguf.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rolecall::registry {

/// What a tokenizer is known by. A draft must agree with its target: it hands over token ids.
struct vocabulary_facts {
  std::string tokenizer;  ///< tokenizer.ggml.model: gpt2, llama, bert …; empty when there is none
  std::string pre;        ///< tokenizer.ggml.pre: how text is cut before merging; may be empty
  std::uint64_t size = 0;            ///< tokens
  bool adds_bos = false;             ///< before each text
  bool adds_eos = false;             ///< behind each text
  std::optional<std::uint64_t> bos;  ///< token ids, llama.cpp's defaults where the file is silent
  std::optional<std::uint64_t> eos;
  /// One hash per `pieces_per_hash` tokens. The first leaves out the special tokens that llama.cpp
  /// does not compare either, ids below 5.
  std::vector<std::uint64_t> pieces;

  bool operator==(const vocabulary_facts&) const = default;
};

/// Small enough that vocabularies which differ by their padding alone (Qwen's: 151936 and 152064)
/// are compared up to the shorter one's end; a remainder of fewer tokens is not.
inline constexpr std::uint64_t pieces_per_hash = 64;

/// Defaults of ids and flags are llama.cpp's (llama_vocab::impl::load).
[[nodiscard]] vocabulary_facts vocabulary_of(const gguf_header& header);

/// Why tokens of `draft` cannot stand for tokens of `target`, as in "vocabulary (1129 tokens, not
/// 1000)"; nullopt when they can. Pure. The checks of
/// llama.cpp's common_speculative_are_compatible; BOS and EOS are compared even when they are not
/// added, as versions before 2026 do, and the pre-tokenizers too.
[[nodiscard]] std::optional<std::string> difference(const vocabulary_facts& target,
                                                    const vocabulary_facts& draft);

}  // namespace rolecall::registry
