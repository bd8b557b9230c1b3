#include "registry/footprint.hpp"

#include "registry/compute_buffers.hpp"
#include "registry/model_facts.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace rolecall::registry {

namespace {

struct cache_type {
  std::string_view name;
  std::uint64_t elements;  ///< per block
  std::uint64_t bytes;     ///< per block
};
constexpr std::array cache_types{
    cache_type{"f32", 1, 4},      cache_type{"f16", 1, 2},    cache_type{"bf16", 1, 2},
    cache_type{"q8_0", 32, 34},   cache_type{"q4_0", 32, 18}, cache_type{"q4_1", 32, 20},
    cache_type{"iq4_nl", 32, 18}, cache_type{"q5_0", 32, 22}, cache_type{"q5_1", 32, 24},
};

/// llama-server's own, where the role says nothing.
constexpr std::uint64_t usual_batch = 2048;
constexpr std::uint64_t usual_ubatch = 512;

std::uint64_t at_least_one(int value) { return static_cast<std::uint64_t>(std::max(value, 1)); }

/// The last number that extra_args give to one of a flag's names.
std::optional<std::uint64_t> extra_number(const role& r, std::string_view name,
                                          std::string_view short_name) {
  std::optional<std::uint64_t> found;
  for (std::size_t i = 0; i + 1 < r.extra_args.size(); ++i) {
    if (r.extra_args[i] != name && r.extra_args[i] != short_name) continue;
    const std::string& text = r.extra_args[i + 1];
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) found = number;
  }
  return found;
}

bool has_extra(const role& r, std::string_view flag) {
  return std::find(r.extra_args.begin(), r.extra_args.end(), flag) != r.extra_args.end();
}

/// What the launcher tells llama-server of batches, contexts and slots.
graph_settings settings_of(const role& r, const kv_cache_types& types) {
  graph_settings settings;
  settings.slots = at_least_one(r.slots);
  const std::uint64_t context = std::max<std::uint64_t>(at_least_one(r.context), 1);
  settings.cells = std::max<std::uint64_t>(context / settings.slots, 1);
  const std::uint64_t batch = r.embeddings ? settings.cells : usual_batch;
  const std::uint64_t ubatch = r.embeddings ? settings.cells : usual_ubatch;
  settings.tokens = std::min({extra_number(r, "--ubatch-size", "-ub").value_or(ubatch),
                              extra_number(r, "--batch-size", "-b").value_or(batch), context});
  settings.tokens = std::max<std::uint64_t>(settings.tokens, 1);
  // Every slot may want logits at once, of the tokens that a draft proposes as well.
  const std::uint64_t drafted = r.speculative ? at_least_one(r.speculative->max) : 0;
  settings.outputs =
      r.embeddings ? settings.tokens : std::min(settings.slots * (1 + drafted), settings.tokens);
  if (r.moe) settings.experts_used = at_least_one(r.moe->experts);
  // llama-server's auto finds that its CPU code has it (llama_context::resolve_fused_ops).
  settings.flash_attention = r.flash_attention != flash_attention::off;
  settings.quantised_cache = types.k.find('q') != std::string::npos;
  return settings;
}

byte_count caches(const memory_shape& shape, const graph_settings& settings,
                  const kv_cache_types& types, bool whole) {
  byte_count sum = 0;
  for (token_cache cache : shape.caches) {
    if (whole) cache.window = 0;  // --swa-full
    const std::uint64_t cells = cells_of(cache, settings) * settings.slots;
    sum += cache_bytes(cache.k * cells, types.k) + cache_bytes(cache.v * cells, types.v);
  }
  return sum;
}

/// `file` without its share of the bytes that are copied.
mapped_file without_copies(mapped_file file, byte_count all, byte_count copied) {
  const auto share =
      static_cast<double>(copied) / static_cast<double>(std::max<byte_count>(all, 1));
  file.bytes -= static_cast<byte_count>(static_cast<double>(file.bytes) * std::min(share, 1.0));
  return file;
}

/// Weights that the process needs in memory, each tensor once: mapped, or copied. The file's pages
/// behind a repacked tensor stay in the page cache until somebody wants the room; nobody reads them
/// again, so they are not counted. A locked mapping keeps them.
byte_count weights_of(const role& r, const model_facts& facts, std::vector<mapped_file>& mapped) {
  const byte_count repacked = r.repack ? facts.memory.repackable_bytes : 0;
  switch (r.load_mode) {
    case load_mode::automatic:
    case load_mode::mmap:
      for (const mapped_file& file : facts.files)
        mapped.push_back(without_copies(file, facts.weights_bytes, repacked));
      return facts.weights_bytes;
    case load_mode::mmap_mlock:
      mapped.insert(mapped.end(), facts.files.begin(), facts.files.end());
      return facts.weights_bytes + repacked;
    case load_mode::none:
    case load_mode::mlock:
    case load_mode::dio:
      break;
  }
  return facts.memory.tensor_bytes > 0 ? facts.memory.tensor_bytes : facts.weights_bytes;
}

/// Compute buffers of `facts`' model. Those of architectures whose graphs are not modelled in full
/// are raised until they cover what the engine takes for its own tiny models of them
/// (docs/footprint.md): too much is safe, too little is not.
byte_count compute_of(const model_facts& facts, const graph_settings& settings, bool embeddings) {
  constexpr std::array far_from_modelled{"deepseek4", "glm5-next", "grok", "qwen4exp"};
  constexpr std::array nearly_modelled{"bailingmoe3", "deepseek32", "dots3note",
                                       "glm-dsa",     "hy_v4",      "kimi-k3",
                                       "kimi-linear", "minicpm3",   "minimax-m3"};
  const byte_count modelled =
      compute_buffer(facts.memory, settings) + output_buffer(facts.memory, settings, embeddings);
  const auto is_one_of = [&](const auto& list) {
    return std::find(list.begin(), list.end(), facts.architecture) != list.end();
  };
  if (is_one_of(far_from_modelled)) return 4 * modelled;
  if (is_one_of(nearly_modelled)) return modelled + modelled * 3 / 10;
  return modelled;
}

/// Heap that grows with the model.
byte_count model_overhead(const model_facts& facts, const graph_settings& settings) {
  constexpr byte_count token = 256;  // its text, score, and places in the tokenizer's tables
  return facts.vocabulary.size * token + graph_heap(facts.memory, settings);
}

/// States that llama-server keeps of models that cannot forget tokens: recurrent state and windows
/// (server_context::create_checkpoint, LLAMA_STATE_SEQ_FLAGS_PARTIAL_ONLY). Two are made at the end
/// of each prompt, whatever --checkpoint-min-step says, so a conversation fills them all.
byte_count checkpoints_of(const role& r, const memory_shape& shape, const graph_settings& settings,
                          bool whole) {
  byte_count one = shape.state_bytes;
  for (const token_cache& cache : shape.caches) {
    if (cache.window == 0 || whole) continue;
    const std::uint64_t cells = cells_of(cache, settings);
    one += cache_bytes(cache.k * cells, r.kv_cache.k) + cache_bytes(cache.v * cells, r.kv_cache.v);
  }
  return one * settings.slots * static_cast<byte_count>(std::max(r.checkpoints, 0));
}

}  // namespace

byte_count cache_bytes(std::uint64_t elements, std::string_view type) noexcept {
  const auto found = std::find_if(cache_types.begin(), cache_types.end(),
                                  [&](const cache_type& t) { return t.name == type; });
  const cache_type& form = found == cache_types.end() ? cache_types.front() : *found;
  return (elements + form.elements - 1) / form.elements * form.bytes;
}

footprint estimate(const role& r, const model_facts& facts, const model_facts* draft) {
  footprint result;
  result.weights = weights_of(r, facts, result.mapped);
  result.mmproj = facts.mmproj_bytes + facts.mmproj_compute_bytes;
  const graph_settings settings = settings_of(r, r.kv_cache);
  const bool whole = has_extra(r, "--swa-full");
  result.kv_cache = caches(facts.memory, settings, r.kv_cache, whole);
  result.state = facts.memory.state_bytes * settings.slots;
  result.compute = compute_of(facts, settings, r.embeddings);
  if (draft != nullptr) {
    result.draft = weights_of(r, *draft, result.mapped);
    // A draft runs over the same context, and its caches keep llama-server's default types. It
    // proposes one token a slot at a time.
    graph_settings drafting = settings_of(r, kv_cache_types{});
    drafting.outputs = std::min(drafting.slots, drafting.tokens);
    drafting.experts_used = 0;
    result.draft_kv_cache = caches(draft->memory, drafting, kv_cache_types{}, whole) +
                            draft->memory.state_bytes * settings.slots;
    result.compute += compute_of(*draft, drafting, false);
    result.overhead += model_overhead(*draft, drafting);
  }
  result.cache_ram = r.cache_ram;
  result.checkpoints = checkpoints_of(r, facts.memory, settings, whole);
  result.overhead += process_overhead + model_overhead(facts, settings);
  return result;
}

}  // namespace rolecall::registry
