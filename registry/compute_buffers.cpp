#include "registry/compute_buffers.hpp"

#include "registry/graph_allocation.hpp"

#include <algorithm>
#include <optional>

namespace rolecall::registry {

namespace {

using tensor = graph_allocation::tensor;

constexpr std::uint64_t cache_step = 256;          // cells are given out in steps of this
constexpr byte_count largest_tensor = 1ULL << 44;  // hostile widths must not overflow sums
constexpr byte_count bytes_f32 = 4;
constexpr byte_count bytes_f16 = 2;
constexpr byte_count bytes_i32 = 4;
constexpr byte_count bytes_i64 = 8;

std::uint64_t padded(std::uint64_t n, std::uint64_t step) { return (n + step - 1) / step * step; }

byte_count capped_product(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return largest_tensor;
  return std::min(product, largest_tensor);
}

/// One batch through a model. Members add tensors in llama.cpp's order; each returns the result.
class batch_graph {
 public:
  batch_graph(const memory_shape& shape, const graph_settings& settings)
      : shape_(shape), settings_(settings), tokens_(settings.tokens) {}

  [[nodiscard]] byte_count size() {
    tensor stream = embed();
    for (std::size_t i = 0; i < shape_.blocks.size(); ++i) {
      const bool last = i + 1 == shape_.blocks.size();
      stream = add_block(shape_.blocks[i], stream, last);
    }
    const tensor normed = graph_.in_place(f32(shape_.embedding), {stream});
    if (shape_.vocabulary > 0) (void)graph_.node(f32(shape_.vocabulary), {normed});
    return graph_.size();
  }

 private:
  /// Elements per token, as f32.
  [[nodiscard]] byte_count f32(std::uint64_t width) const {
    return capped_product(capped_product(width, tokens_), bytes_f32);
  }

  /// build_inp_embd: tokens and ready-made embeddings (of images) go in beside each other.
  tensor embed() {
    const tensor ids = graph_.input(tokens_ * bytes_i32);
    const tensor mixed_ids = graph_.input(tokens_ * bytes_i32);
    const tensor mixed_rows = graph_.input(f32(shape_.embedding));
    const tensor mixed_places = graph_.input(tokens_ * bytes_i64);
    positions_ = graph_.input(tokens_ * bytes_i32);
    add_cache_inputs();
    out_ids_ = graph_.input(settings_.outputs * bytes_i32);
    std::optional<tensor> place;
    if (shape_.encoder) place = graph_.node(f32(shape_.embedding), {positions_});
    const tensor embedded = graph_.node(f32(shape_.embedding), {ids});
    const tensor looked_up = graph_.node(f32(shape_.embedding), {mixed_ids});
    const tensor copied = graph_.node(f32(shape_.embedding), {mixed_rows});
    graph_.sink({looked_up, mixed_places, copied});
    // Nobody reads what they become, so their places are never given back.
    (void)graph_.part(copied);
    (void)graph_.part(mixed_rows);
    if (!place) return embedded;
    // Casting K and V to f16 leaves gaps that this order of tensors does not show: measured, one
    // tensor more.
    if (settings_.flash_attention) (void)graph_.part(graph_.input(f32(shape_.embedding)));
    return normalise(graph_.in_place(f32(shape_.embedding), {*place, embedded}));
  }

  /// Where K and V of the batch go, and which cells each token sees; one set per cache.
  void add_cache_inputs() {
    for (const bool sliding : {false, true}) {
      const auto first =
          std::find_if(shape_.blocks.begin(), shape_.blocks.end(), [&](const block_shape& block) {
            return block.attention.heads > 0 && block.attention.sliding == sliding;
          });
      if (first == shape_.blocks.end()) continue;
      const std::uint64_t cells = cells_seen(sliding);
      (void)graph_.input(tokens_ * bytes_i64);
      // Without flash attention V is kept transposed and every element has its own place.
      if (!shape_.encoder)
        (void)graph_.input(
            tokens_ * bytes_i64 *
            (settings_.flash_attention ? 1 : std::max<std::uint64_t>(first->attention.value, 1)));
      (sliding ? sliding_mask_ : mask_) = graph_.input(capped_product(
          capped_product(cells, tokens_), settings_.flash_attention ? bytes_f16 : bytes_f32));
    }
  }

  [[nodiscard]] std::uint64_t cells_seen(bool sliding) const {
    if (shape_.encoder) return tokens_;
    if (!sliding) return cells_of(token_cache{}, settings_);
    const auto cache = std::find_if(shape_.caches.begin(), shape_.caches.end(),
                                    [](const token_cache& c) { return c.window > 0; });
    return cells_of(cache == shape_.caches.end() ? token_cache{} : *cache, settings_);
  }

  tensor add_block(const block_shape& block, tensor stream, bool last) {
    tensor mixed = stream;
    std::optional<tensor> normed;
    if (block.attention.heads > 0 || block.recurrent.kind != recurrence::none) {
      std::optional<tensor> carried;
      if (block.recurrent.kind == recurrence::grouped_scan ||
          block.recurrent.kind == recurrence::selective_scan)
        carried = graph_.node(of_sequences(block.recurrent.carried), {});
      // An encoder normalises after each part instead.
      normed = shape_.encoder ? stream : graph_.node(f32(shape_.embedding), {stream});
      std::optional<tensor> result;
      if (block.recurrent.kind != recurrence::none) {
        if (!carried) carried = graph_.node(of_sequences(block.recurrent.carried), {});
        result = add_recurrence(block.recurrent, *normed, *carried);
      }
      if (block.attention.heads > 0) {
        const tensor attended = block.attention.latent
                                    ? add_latent_attention(block.attention, *normed)
                                    : add_attention(block.attention, *normed);
        result = result ? graph_.in_place(f32(shape_.embedding), {*result, attended}) : attended;
      }
      mixed = *result;
      if (last) {
        tokens_ = settings_.outputs;
        mixed = graph_.node(f32(shape_.embedding), {mixed, out_ids_});
        stream = graph_.node(f32(shape_.embedding), {stream, out_ids_});
      }
      if (!block.feed_forward.beside) {
        mixed = graph_.in_place(f32(shape_.embedding), {mixed, stream});
        if (shape_.encoder) mixed = normalise(mixed);
      }
    }
    const feed_forward_shape& ff = block.feed_forward;
    if (ff.width == 0 && ff.experts == 0) {
      return ff.beside ? graph_.in_place(f32(shape_.embedding), {mixed, stream}) : mixed;
    }
    const bool beside = ff.beside && normed && !last;
    const tensor in = beside           ? *normed
                      : shape_.encoder ? mixed
                                       : graph_.node(f32(shape_.embedding), {mixed});
    const tensor out = ff.experts > 0 ? add_experts(ff, in) : add_dense(ff.width, ff.gated, in);
    const tensor sum = graph_.in_place(f32(shape_.embedding), {out, mixed});
    if (shape_.encoder) return normalise(sum);
    return ff.beside ? graph_.in_place(f32(shape_.embedding), {sum, stream}) : sum;
  }

  /// A norm with mean (ggml_norm) does not work in place, its weight and bias do.
  tensor normalise(tensor of) { return graph_.node(f32(shape_.embedding), {of}); }

  tensor add_attention(const attention_shape& a, tensor in) {
    tensor query = 0;
    std::optional<tensor> gate;
    if (a.fused) {
      const tensor all = graph_.node(f32(a.query + a.key + a.value), {in});
      query = graph_.node(f32(a.query), {graph_.part(all)});
      const tensor key = graph_.node(f32(a.key), {graph_.part(all)});
      graph_.sink({key});
      graph_.sink({graph_.part(all)});
    } else {
      query = graph_.node(f32(a.query * (a.gated ? 2 : 1)), {in});
      if (a.gated) {
        gate = graph_.part(query);
        query = graph_.node(f32(a.query), {graph_.part(query)});
      }
      if (shape_.encoder) {
        const tensor key = graph_.node(f32(a.key), {in});
        const tensor value = graph_.node(f32(a.value), {in});
        return project(attend_uncached(a, query, key, value));
      }
      const tensor value = graph_.node(f32(a.value), {in});
      const tensor key = graph_.node(f32(a.key), {in});
      query = turned(query, a.query);
      graph_.sink({turned(key, a.key)});
      graph_.sink({turned(value, a.value)});
    }
    const tensor mask = a.index_heads > 0 ? add_indexer(a, in, in) : mask_of(a);
    tensor seen = attend(a, query, a.output, mask);
    if (gate) {
      const tensor opened = graph_.node(f32(a.output), {*gate});
      seen = graph_.in_place(f32(a.output), {seen, opened});
    }
    return project(seen);
  }

  tensor project(tensor seen) { return graph_.node(f32(shape_.embedding), {seen}); }
  tensor turned(tensor of, std::uint64_t width) {
    return settings_.quantised_cache ? graph_.node(f32(width), {of}) : of;
  }
  [[nodiscard]] tensor mask_of(const attention_shape& a) const {
    return a.sliding ? sliding_mask_ : mask_;
  }

  /// build_attn_mha over a cache.
  tensor attend(const attention_shape& a, tensor query, std::uint64_t width, tensor mask) {
    if (settings_.flash_attention) return graph_.node(f32(width), {query, mask});
    const byte_count scores = f32(capped_product(cells_seen(a.sliding), a.heads));
    const tensor products = graph_.node(scores, {query});
    const tensor weights = graph_.in_place(scores, {products, mask});
    tensor mixed = 0;
    if (a.latent) {  // V is part of K's rows and has to be turned round
      const std::uint64_t cells = capped_product(cells_seen(a.sliding), settings_.slots);
      const tensor values = graph_.node(capped_product(cells, a.latent_rank * bytes_f16), {});
      mixed = graph_.node(f32(width), {values, weights});
    } else {
      mixed = graph_.node(f32(width), {weights});
    }
    return graph_.node(f32(width), {mixed});
  }

  /// build_attn_mha without a cache: K and V are padded, then brought into the order of the
  /// product.
  tensor attend_uncached(const attention_shape& a, tensor query, tensor key, tensor value) {
    const std::uint64_t wide = padded(tokens_, cache_step);
    const auto padded_bytes = [&](std::uint64_t width) {
      return capped_product(width * bytes_f32, wide);
    };
    if (settings_.flash_attention) {
      const tensor padded_key = graph_.node(padded_bytes(a.key), {key});
      const tensor half_key = graph_.node(padded_bytes(a.key) / 2, {padded_key});
      const tensor padded_value = graph_.node(padded_bytes(a.value), {value});
      const tensor half_value = graph_.node(padded_bytes(a.value) / 2, {padded_value});
      return graph_.node(f32(a.output), {query, half_key, half_value, mask_});
    }
    const tensor padded_value = graph_.node(padded_bytes(a.value), {value});
    const tensor ordered = graph_.node(padded_bytes(a.value), {padded_value});
    const tensor padded_key = graph_.node(padded_bytes(a.key), {key});
    const byte_count scores = f32(capped_product(wide, a.heads));
    const tensor products = graph_.node(scores, {padded_key, query});
    const tensor weights = graph_.in_place(scores, {products, mask_});
    const tensor mixed = graph_.node(f32(a.output), {ordered, weights});
    return graph_.node(f32(a.output), {mixed});
  }

  /// llm_build_deepseek2 with absorbed matrices; deepseek32's indexer before it.
  tensor add_latent_attention(const attention_shape& a, tensor in) {
    tensor from = in;
    if (a.query_rank > 0) from = graph_.node(f32(a.query_rank), {in});
    const tensor heads = graph_.node(f32(a.heads * (a.straight + a.rotated)), {from});
    const tensor absorbed = graph_.node(f32(a.heads * a.latent_rank), {graph_.part(heads)});
    const tensor placed = graph_.node(f32(a.heads * a.rotated), {graph_.part(heads)});
    tensor query = graph_.node(f32(a.query), {absorbed, placed});
    const tensor compressed = graph_.node(f32(a.latent_rank + a.rotated), {in});
    const tensor row = graph_.node(f32(a.latent_rank), {graph_.part(compressed)});
    const tensor key_place = graph_.node(f32(a.rotated), {graph_.part(compressed)});
    graph_.sink({turned(graph_.node(f32(a.key), {row, key_place}), a.key)});
    query = turned(query, a.query);
    const tensor mask = a.index_heads > 0 ? add_indexer(a, from, in) : mask_of(a);
    const tensor seen = attend(a, query, a.heads * a.latent_rank, mask);
    const tensor opened = graph_.node(f32(a.output), {seen});
    return project(graph_.node(f32(a.output), {opened}));
  }

  /// The indexer scores every cell and masks all but the best.
  tensor add_indexer(const attention_shape& a, tensor query, tensor in) {
    const std::uint64_t cells = cells_seen(false);
    const tensor row = graph_.node(f32(a.index_width), {in});
    graph_.sink({graph_.node(f32(a.index_width), {row})});
    if (!hiding_) hiding_ = graph_.input(f32(cells));
    const tensor hidden = graph_.node(f32(cells), {*hiding_});
    const tensor asked = graph_.node(f32(a.index_heads * a.index_width), {query});
    const tensor turned_query = graph_.node(f32(a.index_heads * a.index_width), {asked});
    const tensor weights = graph_.node(f32(a.index_heads), {in});
    const tensor scores = graph_.node(f32(cells), {turned_query, weights, mask_});
    const std::uint64_t picked = std::min(std::max<std::uint64_t>(a.picked, 1), cells);
    const tensor best = graph_.node(f32(picked), {scores});
    const tensor listed = graph_.node(f32(picked), {best});
    const tensor shown = graph_.node(f32(cells) / 2, {mask_});
    graph_.sink({listed, shown});
    return graph_.node(f32(cells) / 2, {hidden, mask_});
  }

  tensor add_dense(std::uint64_t width, bool gated, tensor in) {
    tensor hidden = graph_.node(f32(width), {in});
    if (gated) {
      const tensor up = graph_.node(f32(width), {in});
      hidden = graph_.node(f32(width), {hidden, up});
    }
    return graph_.node(f32(shape_.embedding), {hidden});
  }

  /// build_moe_ffn.
  tensor add_experts(const feed_forward_shape& ff, tensor in) {
    const std::uint64_t used = std::clamp<std::uint64_t>(
        settings_.experts_used > 0 ? settings_.experts_used : shape_.experts_used, 1, ff.experts);
    const tensor logits = graph_.node(f32(ff.experts), {in});
    const tensor sorted = graph_.node(f32(ff.experts), {logits});
    const tensor chosen = graph_.part(sorted);
    const tensor picked = graph_.node(f32(used), {logits, chosen});
    const tensor sum_of_weights = graph_.node(f32(1), {picked});
    const tensor weights = graph_.in_place(f32(used), {picked, sum_of_weights});
    tensor hidden = 0;
    if (ff.merged) {
      const tensor both = graph_.node(f32(2 * used * ff.expert_width), {in, chosen});
      hidden = graph_.node(f32(used * ff.expert_width), {graph_.part(both), graph_.part(both)});
    } else {
      const tensor gate = graph_.node(f32(used * ff.expert_width), {in, chosen});
      const tensor up = graph_.node(f32(used * ff.expert_width), {in, chosen});
      hidden = graph_.node(f32(used * ff.expert_width), {gate, up});
    }
    const tensor down = graph_.node(f32(used * shape_.embedding), {hidden, chosen});
    const tensor weighted = graph_.in_place(f32(used * shape_.embedding), {down, weights});
    const tensor sum = graph_.node(f32(shape_.embedding), {weighted});
    if (ff.shared_width == 0) return sum;
    const tensor shared = add_dense(ff.shared_width, true, in);
    return graph_.in_place(f32(shape_.embedding), {sum, shared});
  }

  /// `carried`: what the convolution kept of each sequence.
  tensor add_recurrence(const recurrence_shape& r, tensor in, tensor carried) {
    switch (r.kind) {
      case recurrence::delta_net:
        return add_delta_net(r, in, carried);
      case recurrence::selective_scan:
      case recurrence::grouped_scan:
        return add_scan(r, in, carried);
      case recurrence::short_convolution:
        return add_short_convolution(r, in, carried);
      case recurrence::other:
      case recurrence::none:
        break;
    }
    // No graph of its own here: as much as the largest of the others takes, per inner element.
    constexpr std::uint64_t tensors_at_once = 12;
    const tensor all = graph_.node(f32(tensors_at_once * r.inner), {in, carried});
    return project(graph_.node(f32(r.inner), {all}));
  }

  [[nodiscard]] byte_count of_sequences(std::uint64_t elements) const {
    return capped_product(capped_product(elements, settings_.slots), bytes_f32);
  }

  /// The batch behind what each sequence carried over from the last one.
  tensor convolution_input(const recurrence_shape& r, std::uint64_t width, tensor projected,
                           tensor carried) {
    const tensor joined = graph_.node(f32(width) + of_sequences(r.carried), {carried, projected});
    graph_.sink({graph_.part(joined)});
    return joined;
  }

  /// llm_build_qwen3next::build_layer_attn_linear.
  tensor add_delta_net(const recurrence_shape& r, tensor in, tensor carried) {
    const tensor projected = graph_.node(f32(r.projected), {in});
    const tensor joined = convolution_input(r, r.convolved, projected, carried);
    const tensor state = graph_.node(of_sequences(r.state), {});
    const tensor convolved = graph_.node(f32(r.convolved), {joined});
    const tensor active = graph_.in_place(f32(r.convolved), {convolved});
    const tensor query = graph_.node(f32(r.key), {graph_.part(active)});
    const tensor key = graph_.node(f32(r.key), {graph_.part(active)});
    const tensor result =
        graph_.node(f32(r.inner) + of_sequences(r.state), {query, key, graph_.part(active), state});
    graph_.sink({graph_.part(result)});
    const tensor normed = graph_.node(f32(r.inner), {graph_.part(result)});
    const tensor gate = graph_.node(f32(r.inner), {in});
    return project(graph_.in_place(f32(r.inner), {normed, gate}));
  }

  /// llm_graph_context_mamba::build_mamba_layer and build_mamba2_layer.
  tensor add_scan(const recurrence_shape& r, tensor in, tensor carried) {
    const tensor projected = graph_.node(f32(r.projected), {in});
    const tensor joined = convolution_input(r, r.convolved, graph_.part(projected), carried);
    const tensor convolved = graph_.node(f32(r.convolved), {joined});
    const tensor active = graph_.in_place(f32(r.convolved), {convolved});
    tensor scanned = 0;
    const byte_count result = f32(r.inner) + of_sequences(r.state);
    if (r.kind == recurrence::selective_scan) {
      const tensor ranked = graph_.node(f32(r.ranked), {active});
      const tensor steps = graph_.node(f32(r.inner), {graph_.part(ranked)});
      scanned = graph_.node(result, {graph_.part(active), steps, graph_.part(ranked)});
    } else {
      scanned = graph_.node(result, {graph_.part(active)});
    }
    graph_.sink({graph_.part(scanned)});
    const tensor gate = graph_.node(f32(r.inner), {graph_.part(projected)});
    const tensor skipped = graph_.node(f32(r.inner), {graph_.part(active)});
    const tensor sum = graph_.in_place(f32(r.inner), {graph_.part(scanned), skipped});
    const tensor gated = graph_.node(f32(r.inner), {gate, sum});
    return project(gated);
  }

  /// llm_build_lfm2::build_shortconv_block.
  tensor add_short_convolution(const recurrence_shape& r, tensor in, tensor carried) {
    const tensor projected = graph_.node(f32(3 * r.inner), {in});
    const tensor gated =
        graph_.node(f32(r.inner), {graph_.part(projected), graph_.part(projected)});
    const tensor convolved =
        graph_.node(f32(r.inner), {convolution_input(r, r.inner, gated, carried)});
    return project(graph_.in_place(f32(r.inner), {graph_.part(projected), convolved}));
  }

  const memory_shape& shape_;
  const graph_settings& settings_;
  std::uint64_t tokens_;
  graph_allocation graph_;
  tensor positions_ = 0;
  tensor out_ids_ = 0;
  tensor mask_ = 0;
  tensor sliding_mask_ = 0;
  std::optional<tensor> hiding_;  // what the indexer's masks start from
};

}  // namespace

std::uint64_t cells_of(const token_cache& cache, const graph_settings& settings) {
  const std::uint64_t all = padded(settings.cells, cache_step);
  if (cache.window > 0) return padded(std::min(all, cache.window + settings.tokens), cache_step);
  if (cache.stride > 1) return padded((all + cache.stride - 1) / cache.stride, cache_step);
  return all;
}

byte_count compute_buffer(const memory_shape& shape, const graph_settings& settings) {
  return batch_graph(shape, settings).size();
}

byte_count graph_heap(const memory_shape& shape, const graph_settings& settings) {
  constexpr byte_count node = 1200;  // measured: tensor, hash sets and copies for the scheduler
  std::uint64_t nodes = std::max<std::uint64_t>(1024, 8 * shape.tensor_count);
  std::uint64_t widest = shape.embedding;
  for (const block_shape& block : shape.blocks) {
    const feed_forward_shape& ff = block.feed_forward;
    const std::uint64_t used =
        settings.experts_used > 0 ? settings.experts_used : shape.experts_used;
    widest = std::max(
        {widest, ff.width, ff.expert_width * used, block.attention.output, block.recurrent.inner});
    if (block.recurrent.kind == recurrence::delta_net)
      nodes = std::max({nodes, 40 * settings.tokens, 32 * shape.tensor_count});
  }
  return nodes * node + capped_product(capped_product(widest, settings.tokens), bytes_f16);
}

byte_count output_buffer(const memory_shape& shape, const graph_settings& settings,
                         bool embeddings) {
  const std::uint64_t width = shape.vocabulary + (embeddings ? shape.embedding : 0);
  return capped_product(capped_product(width, settings.outputs), bytes_f32);
}

}  // namespace rolecall::registry
