#include "registry/model_facts.hpp"

#include "registry/architecture.hpp"
#include "registry/gguf.hpp"
#include "registry/image_encoder.hpp"
#include "registry/model_files.hpp"
#include "registry/quantities.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace rolecall::registry {

namespace {

namespace fs = std::filesystem;

template <class T>
using outcome = boost::system::result<T, std::string>;

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

refused in_model(const model& m, const std::string& reason) {
  return {"cannot use model '" + m.name + "': " + reason};
}

/// The reference deployment and reports of users: with one or two experts models answer with
/// garbage.
constexpr int default_fewest_experts = 3;

std::optional<fs::path> find_model_file(const host_settings& host, const model& m) {
  if (m.path.is_absolute()) return is_file(m.path) ? std::optional(m.path) : std::nullopt;
  for (const fs::path& dir : host.model_dirs) {
    if (is_file(dir / m.path)) return dir / m.path;
  }
  return std::nullopt;
}

refused not_found(const host_settings& host, const model& m) {
  const std::string start = "cannot find model '" + m.name + "': ";
  if (m.path.is_absolute()) return {start + "there is no file " + m.path.string()};
  if (host.model_dirs.empty()) {
    return {start + "its path " + m.path.string() +
            " is relative and host.model_dirs names no folder"};
  }
  std::string looked;
  for (const fs::path& dir : host.model_dirs) looked += (looked.empty() ? "" : ", ") + dir.string();
  return {start + "looked for " + m.path.string() + " in " + looked};
}

int to_int(std::optional<std::uint64_t> value) {
  return static_cast<int>(
      std::min<std::uint64_t>(value.value_or(0), std::numeric_limits<int>::max()));
}

void take_header(const gguf_header& header, model_facts& facts) {
  const auto number = [&](const char* name) {
    return to_int(header.number(facts.architecture + "." + name));
  };
  facts.name = header.text("general.name").value_or("");
  facts.block_count = number("block_count");
  facts.context_train = number("context_length");
  facts.embedding_length = number("embedding_length");
  facts.expert_count = number("expert_count");
  facts.expert_used_count = number("expert_used_count");
  facts.fewest_experts = std::min(default_fewest_experts, facts.expert_used_count);
  const architecture_traits traits = traits_of(header, facts.architecture);
  facts.recurrent = traits.recurrent;
  facts.encoder = traits.encoder;
  facts.vision = traits.vision || facts.mmproj.has_value();
  facts.memory = shape_of(header, facts.architecture);
  facts.vocabulary = vocabulary_of(header);
}

/// Fills in the projector; the error says what is wrong with it.
outcome<void> take_mmproj(const model& m, model_facts& facts) {
  const fs::path file = m.mmproj->is_absolute() ? *m.mmproj : facts.path.parent_path() / *m.mmproj;
  if (!is_file(file)) return in_model(m, "cannot find its mmproj " + file.string());
  const auto header = read_gguf(file);
  if (!header) return in_model(m, header.error());
  if (header->text("general.architecture") != "clip") {
    return in_model(m, file.string() + " is no vision projector: its architecture is '" +
                           header->text("general.architecture").value_or("") + "', not 'clip'");
  }
  facts.mmproj = file;
  facts.mmproj_bytes = header->file_size;
  facts.mmproj_compute_bytes = image_buffer(*header);
  return {};
}

}  // namespace

boost::system::result<model_facts, std::string> inspect(const host_settings& host, const model& m) {
  const auto path = find_model_file(host, m);
  if (!path) return not_found(host, m);
  const auto weights = read_model_files(*path);
  if (!weights) return in_model(m, weights.error());
  const gguf_header& header = weights->header;
  model_facts facts;
  facts.path = *path;
  facts.files = weights->files;
  facts.weights_bytes = weights->bytes;
  for (const mapped_file& file : facts.files) facts.shards.emplace_back(file.path);
  facts.architecture = header.text("general.architecture").value_or("");
  if (facts.architecture.empty()) {
    return in_model(m, path->string() + " does not say its general.architecture");
  }
  if (facts.architecture == "clip") {
    return in_model(m, path->string() + " is a vision projector: name it as mmproj of a model");
  }
  if (m.mmproj) {
    if (const auto taken = take_mmproj(m, facts); !taken) return refused{taken.error()};
  }
  take_header(header, facts);
  if (m.min_experts) facts.fewest_experts = *m.min_experts;
  return facts;
}

}  // namespace rolecall::registry
