#include "registry/model_summary.hpp"

#include "registry/architecture.hpp"
#include "registry/memory_shape.hpp"
#include "registry/tensor_type.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <optional>
#include <utility>

namespace rolecall::registry {

namespace {

constexpr std::size_t most_layers = 4096;

/// 17 for "blk.17.attn_k.weight".
std::optional<std::size_t> layer_of(std::string_view name) {
  constexpr std::string_view start = "blk.";
  if (!name.starts_with(start)) return std::nullopt;
  std::size_t layer = 0;
  const char* last = name.data() + name.size();
  const auto [end, error] = std::from_chars(name.data() + start.size(), last, layer);
  const bool is_layer = error == std::errc{} && end != last && *end == '.' && layer < most_layers;
  return is_layer ? std::optional(layer) : std::nullopt;
}

layer_kind kind_of(const block_shape& block) {
  const bool attends = block.attention.heads > 0;
  if (block.recurrent.kind != recurrence::none)
    return attends ? layer_kind::both : layer_kind::recurrent;
  if (!attends) return layer_kind::plain;
  return block.attention.sliding ? layer_kind::sliding_window : layer_kind::attention;
}

class summariser {
 public:
  explicit summariser(const model_files& files) : header_(files.header) {
    result_.files = files.files;
    result_.bytes = files.bytes;
    result_.architecture = header_.text("general.architecture").value_or("");
    result_.name = header_.text("general.name").value_or("");
  }

  model_summary run() {
    take_keys();
    for (const gguf_tensor& tensor : header_.tensors) add(tensor);
    std::ranges::sort(result_.types, std::ranges::greater{}, &type_share::bytes);
    group_layers();
    return std::move(result_);
  }

 private:
  std::optional<std::uint64_t> number(const char* name) const {
    return header_.number(result_.architecture + "." + name);
  }
  int small_number(const char* name) const {
    return static_cast<int>(
        std::min<std::uint64_t>(number(name).value_or(0), std::numeric_limits<int>::max()));
  }
  /// One value per layer; empty when the key is missing.
  std::vector<std::uint64_t> per_layer(const char* name) const {
    const auto layers = std::min(static_cast<std::size_t>(result_.layers), most_layers);
    return header_.per_layer(result_.architecture + "." + name, layers)
        .value_or(std::vector<std::uint64_t>{});
  }
  static int largest(const std::vector<std::uint64_t>& values) {
    if (values.empty()) return 0;
    return static_cast<int>(std::min<std::uint64_t>(*std::ranges::max_element(values),
                                                    std::numeric_limits<int>::max()));
  }
  std::string piece(const std::optional<std::uint64_t>& id) const {
    return id && *id < header_.tokens.size() ? std::string(header_.tokens[*id]) : "";
  }

  void take_keys() {
    result_.layers = small_number("block_count");
    result_.context = small_number("context_length");
    result_.embedding = small_number("embedding_length");
    result_.heads = largest(per_layer("attention.head_count"));
    const auto kv_heads = per_layer("attention.head_count_kv");
    result_.kv_heads = kv_heads.empty() ? result_.heads : largest(kv_heads);
    result_.sliding_window = small_number("attention.sliding_window");
    result_.experts = small_number("expert_count");
    result_.experts_used = small_number("expert_used_count");
    result_.experts_shared = small_number("expert_shared_count");
    const architecture_traits traits = traits_of(header_, result_.architecture);
    result_.encoder = traits.encoder;
    result_.vision = traits.vision;
    result_.vocabulary = vocabulary_of(header_);
    result_.bos = piece(result_.vocabulary.bos);
    result_.eos = piece(result_.vocabulary.eos);
  }

  void add(const gguf_tensor& tensor) {
    const std::uint64_t elements = tensor.elements();
    result_.parameters += elements;
    const bool by_expert = tensor.name.find("_exps.") != std::string::npos;
    const auto all = static_cast<std::uint64_t>(result_.experts);
    const auto used = static_cast<std::uint64_t>(result_.experts_used);
    result_.active_parameters += by_expert && used < all ? elements / all * used : elements;
    add_type(tensor, elements);
    if (const auto layer = layer_of(tensor.name)) {
      layer_bytes_[*layer] += tensor.bytes;
    } else {
      result_.outside_layers += tensor.bytes;
    }
  }

  void add_type(const gguf_tensor& tensor, std::uint64_t elements) {
    const auto type = tensor_type_of(tensor.type);
    const std::string name = type ? std::string(type->name) : std::to_string(tensor.type);
    auto share = std::ranges::find(result_.types, name, &type_share::type);
    if (share == result_.types.end()) share = result_.types.insert(share, type_share{.type = name});
    ++share->tensors;
    share->parameters += elements;
    share->bytes += tensor.bytes;
  }

  void group_layers() {
    const memory_shape shape = shape_of(header_, result_.architecture);
    for (const auto& [layer, bytes] : layer_bytes_) {
      const layer_kind kind =
          layer < shape.blocks.size() ? kind_of(shape.blocks[layer]) : layer_kind::plain;
      auto group = std::ranges::find_if(result_.groups, [kind, each = bytes](const layer_group& g) {
        return g.kind == kind && g.bytes == each;
      });
      if (group == result_.groups.end())
        group = result_.groups.insert(group, {.layers = {}, .kind = kind, .bytes = bytes});
      group->layers.push_back(static_cast<int>(layer));
    }
  }

  const gguf_header& header_;
  std::map<std::size_t, byte_count> layer_bytes_;
  model_summary result_;
};

}  // namespace

double type_share::bits_per_weight() const noexcept {
  constexpr double bits_per_byte = 8;
  return parameters == 0
             ? 0
             : bits_per_byte * static_cast<double>(bytes) / static_cast<double>(parameters);
}

std::size_t model_summary::recurrent_layers() const noexcept {
  std::size_t count = 0;
  for (const layer_group& group : groups) {
    if (group.kind == layer_kind::recurrent || group.kind == layer_kind::both)
      count += group.layers.size();
  }
  return count;
}

std::string_view name_of(layer_kind kind) noexcept {
  switch (kind) {
    case layer_kind::attention:
      return "attention";
    case layer_kind::sliding_window:
      return "sliding window";
    case layer_kind::recurrent:
      return "recurrent";
    case layer_kind::both:
      return "attention and recurrent";
    case layer_kind::plain:
      return "feed-forward";
  }
  return {};
}

model_summary summarise(const model_files& files) { return summariser(files).run(); }

}  // namespace rolecall::registry
