#include "tools/tiny_gguf/model.hpp"

#include "tools/tiny_gguf/architectures.hpp"

#include <string>

namespace rolecall::tiny_gguf {

namespace {

constexpr std::uint64_t kibibyte = 1024;

gguf_file describe(model_kind kind, const model_shape& shape, const shared_language& language) {
  switch (kind) {
    case model_kind::dense:
      return dense_model("Rolecall tiny dense", shape, language);
    case model_kind::draft:
      return dense_model("Rolecall tiny draft", shape, language);
    case model_kind::moe:
      return moe_model(shape, language);
    case model_kind::hybrid:
      return hybrid_model(shape, language);
    case model_kind::embedding:
      return embedding_model(shape);
    case model_kind::vision:
      return vision_model(shape, language);
  }
  throw model_error("cannot make a model of an unknown kind");
}

model_shape natural_shape(model_kind kind) {
  switch (kind) {
    case model_kind::dense:
    case model_kind::vision:
      return {.width = wide_width, .layers = 2, .feed_forward = 512};
    case model_kind::draft:
      return {.width = wide_width, .layers = 1, .feed_forward = 64};
    case model_kind::moe:
      return {.width = wide_width, .layers = 2, .feed_forward = 128};
    case model_kind::hybrid:
      return {.width = wide_width, .layers = hybrid_period, .feed_forward = 64};
    case model_kind::embedding:
      return {.width = embedding_width, .layers = 2, .feed_forward = 1536};
  }
  throw model_error("cannot make a model of an unknown kind");
}

// The shapes to try for a wanted size, the best first.
std::vector<shape_limits> possible_shapes(model_kind kind) {
  const auto natural = natural_shape(kind);
  shape_limits limits{.width = natural.width};
  if (kind == model_kind::hybrid) limits.layer_step = hybrid_period;
  std::vector<shape_limits> result{limits};
  if (natural.width == wide_width) {
    limits.width = narrow_width;
    result.push_back(limits);
  }
  return result;
}

// What a size measurement needs: the language is learnt once.
class model_maker {
 public:
  explicit model_maker(model_kind kind) : kind_(kind) {}

  gguf_file file(const model_shape& shape) const { return describe(kind_, shape, language_); }
  std::uint64_t size(const model_shape& shape) const { return file_size(file(shape)); }

  std::uint64_t smallest_size() const {
    return size(smallest_shape(possible_shapes(kind_).back()));
  }

  model_shape shape_for(std::uint64_t wanted) const {
    for (const auto& limits : possible_shapes(kind_)) {
      const auto shape =
          fit_shape(wanted, limits, [this](const model_shape& s) { return size(s); });
      if (shape) return *shape;
    }
    const auto smallest = (smallest_size() + kibibyte - 1) / kibibyte;
    throw model_error("cannot make a model of kind " + std::string(kind_name(kind_)) + " in " +
                      std::to_string(wanted / kibibyte) + " KiB: the smallest takes " +
                      std::to_string(smallest) + " KiB");
  }

 private:
  model_kind kind_;
  shared_language language_ = std::make_shared<const language>();
};

}  // namespace

std::string_view kind_name(model_kind kind) {
  switch (kind) {
    case model_kind::dense:
      return "dense";
    case model_kind::draft:
      return "draft";
    case model_kind::moe:
      return "moe";
    case model_kind::hybrid:
      return "hybrid";
    case model_kind::embedding:
      return "embedding";
    case model_kind::vision:
      return "vision";
  }
  return "unknown";
}

std::uint64_t smallest_size(model_kind kind) { return model_maker(kind).smallest_size(); }

std::vector<written_file> write_model(model_kind kind, const std::filesystem::path& path,
                                      const model_options& options) {
  const model_maker maker(kind);
  const auto shape = options.size ? maker.shape_for(*options.size) : natural_shape(kind);
  std::vector<written_file> written;
  if (kind == model_kind::vision) {
    const auto encoder = image_encoder(shape.width);
    const auto beside = path.parent_path() / ("mmproj-" + path.filename().string());
    write_file(encoder, beside, options.seed);
    written.push_back({beside, file_size(encoder)});
  }
  const auto file = maker.file(shape);
  write_file(file, path, options.seed);
  written.insert(written.begin(), {path, file_size(file)});
  return written;
}

}  // namespace rolecall::tiny_gguf
