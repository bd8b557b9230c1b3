#include "registry/vocabulary.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace rolecall::registry {

namespace {

/// llama.cpp's SPEC_VOCAB_CHECK_START_TOKEN_ID and SPEC_VOCAB_MAX_SIZE_DIFFERENCE.
constexpr std::size_t first_compared_token = 5;
constexpr std::uint64_t largest_size_difference = 128;

/// FNV-1a. The length goes in as well, so that "ab","c" is not "a","bc".
class text_hash {
 public:
  void add(std::string_view text) {
    for (std::size_t length = text.size(); length != 0; length >>= 8U) add_byte(length & 0xFFU);
    add_byte(0);
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
  }
  [[nodiscard]] std::uint64_t value() const { return state_; }

 private:
  void add_byte(std::uint64_t byte) {
    constexpr std::uint64_t prime = 0x100000001b3;
    state_ = (state_ ^ byte) * prime;
  }
  std::uint64_t state_ = 0xcbf29ce484222325;
};

std::vector<std::uint64_t> hashes_of(const gguf_tokens& tokens) {
  std::vector<std::uint64_t> hashes;
  hashes.reserve(tokens.size() / pieces_per_hash + 1);
  for (std::size_t start = 0; start < tokens.size(); start += pieces_per_hash) {
    text_hash hash;
    const std::size_t end = std::min<std::size_t>(start + pieces_per_hash, tokens.size());
    for (std::size_t id = std::max(start, first_compared_token); id < end; ++id)
      hash.add(tokens[id]);
    hashes.push_back(hash.value());
  }
  return hashes;
}

/// What a tokenizer does where its file says nothing.
struct tokenizer_defaults {
  std::string_view tokenizer;
  bool adds_bos;
  bool adds_eos;
  std::optional<std::uint64_t> bos;
  std::optional<std::uint64_t> eos;
};
constexpr std::array defaults{
    tokenizer_defaults{"llama", true, false, 1, 2},
    tokenizer_defaults{"gpt2", false, false, 11, 11},
    tokenizer_defaults{"bert", true, false, 101, std::nullopt},
    tokenizer_defaults{"t5", false, true, std::nullopt, 1},
};
/// Pre-tokenizers of gpt2 that put BOS before a text.
constexpr std::array pre_with_bos{"llama3",  "llama-v3", "llama-bpe", "falcon3", "falcon-h1",
                                  "pixtral", "midm-2.0", "lfm2",      "tekken",  "chameleon"};

tokenizer_defaults defaults_of(const vocabulary_facts& vocabulary) {
  const auto found =
      std::ranges::find(defaults, vocabulary.tokenizer, &tokenizer_defaults::tokenizer);
  tokenizer_defaults result =
      found == defaults.end() ? tokenizer_defaults{{}, false, false, {}, {}} : *found;
  if (vocabulary.tokenizer == "gpt2")
    result.adds_bos = std::ranges::find(pre_with_bos, vocabulary.pre) != pre_with_bos.end();
  return result;
}

std::string words(const std::optional<std::uint64_t>& id) {
  return id ? std::to_string(*id) : "none";
}

std::string or_none(const std::string& name) { return name.empty() ? "none" : name; }

/// The first tokens, told as a range, in which the pieces differ.
std::optional<std::string> different_pieces(const vocabulary_facts& target,
                                            const vocabulary_facts& draft) {
  std::size_t shared =
      static_cast<std::size_t>(std::min(target.size, draft.size) / pieces_per_hash);
  // Of two vocabularies of one size the remainder is comparable as well.
  if (target.size == draft.size) ++shared;
  shared = std::min({shared, target.pieces.size(), draft.pieces.size()});
  for (std::size_t i = 0; i < shared; ++i) {
    if (target.pieces[i] == draft.pieces[i]) continue;
    const std::uint64_t first = i * pieces_per_hash;
    const std::uint64_t last = std::min({first + pieces_per_hash, target.size, draft.size}) - 1;
    return "vocabulary (the first different piece is among tokens " + std::to_string(first) +
           " to " + std::to_string(last) + ")";
  }
  return std::nullopt;
}

}  // namespace

vocabulary_facts vocabulary_of(const gguf_header& header) {
  vocabulary_facts result;
  result.tokenizer = header.text("tokenizer.ggml.model").value_or("");
  result.pre = header.text("tokenizer.ggml.pre").value_or("");
  result.size = header.tokens.size();
  const tokenizer_defaults silent = defaults_of(result);
  const auto flag = [&](const char* key, bool otherwise) {
    return header.number(key).value_or(otherwise ? 1 : 0) != 0;
  };
  const auto id = [&](const char* key, std::optional<std::uint64_t> otherwise) {
    const auto stated = header.number(key);
    return stated ? stated : otherwise;
  };
  result.adds_bos = flag("tokenizer.ggml.add_bos_token", silent.adds_bos);
  result.adds_eos = flag("tokenizer.ggml.add_eos_token", silent.adds_eos);
  result.bos = id("tokenizer.ggml.bos_token_id", silent.bos);
  result.eos = id("tokenizer.ggml.eos_token_id", silent.eos);
  result.pieces = hashes_of(header.tokens);
  return result;
}

std::optional<std::string> difference(const vocabulary_facts& target,
                                      const vocabulary_facts& draft) {
  if (target.tokenizer != draft.tokenizer)
    return "tokenizer (" + or_none(draft.tokenizer) + ", not " + or_none(target.tokenizer) + ")";
  const auto [low, high] = std::minmax(target.size, draft.size);
  if (high - low > largest_size_difference) {
    return "vocabulary (" + std::to_string(draft.size) + " tokens, not " +
           std::to_string(target.size) + "; " + std::to_string(largest_size_difference) +
           " more or fewer are bearable)";
  }
  if (auto pieces = different_pieces(target, draft)) return pieces;
  if (target.pre != draft.pre)
    return "pre-tokenizer (" + or_none(draft.pre) + ", not " + or_none(target.pre) + ")";
  if (target.adds_bos != draft.adds_bos) {
    return "BOS rule (it " + std::string(draft.adds_bos ? "adds" : "does not add") +
           " the token, its model " + (target.adds_bos ? "does)" : "does not)");
  }
  if (target.bos != draft.bos)
    return "BOS token (" + words(draft.bos) + ", not " + words(target.bos) + ")";
  if (target.adds_eos != draft.adds_eos) {
    return "EOS rule (it " + std::string(draft.adds_eos ? "adds" : "does not add") +
           " the token, its model " + (target.adds_eos ? "does)" : "does not)");
  }
  if (target.eos != draft.eos)
    return "EOS token (" + words(draft.eos) + ", not " + words(target.eos) + ")";
  return std::nullopt;
}

}  // namespace rolecall::registry
