#include "registry/model_facts.hpp"

#include <algorithm>
#include <array>

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

/// llama.cpp gives each slot a multiple of this many tokens.
constexpr std::uint64_t context_step = 256;

std::uint64_t cells_of(const role& r) {
  const auto slots = static_cast<std::uint64_t>(std::max(r.slots, 1));
  const std::uint64_t per_slot = static_cast<std::uint64_t>(std::max(r.context, 0)) / slots;
  return slots * ((per_slot + context_step - 1) / context_step * context_step);
}

byte_count caches(const role& r, const model_facts& facts, const kv_cache_types& types) {
  const std::uint64_t cells = cells_of(r);
  return cache_bytes(facts.kv_elements_k * cells, types.k) +
         cache_bytes(facts.kv_elements_v * cells, types.v) +
         facts.recurrent_state_bytes * static_cast<std::uint64_t>(std::max(r.slots, 1));
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
  result.weights = facts.weights_bytes;
  result.mmproj = facts.mmproj_bytes;
  // A draft runs over the same context, and its caches keep llama-server's default types.
  if (draft != nullptr) result.draft = draft->weights_bytes + caches(r, *draft, kv_cache_types{});
  result.kv_cache = caches(r, facts, r.kv_cache);
  result.cache_ram = r.cache_ram;
  result.overhead = process_overhead;
  return result;
}

}  // namespace rolecall::registry
