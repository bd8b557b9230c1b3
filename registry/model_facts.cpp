#include "registry/model_facts.hpp"

#include "registry/architecture.hpp"
#include "registry/gguf.hpp"
#include "registry/quantities.hpp"

#include <algorithm>
#include <charconv>
#include <cstdio>
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

/// "…-00002-of-00005.gguf": which shard of how many, and what stands before.
struct shard_name {
  std::string stem;
  int index = 0;
  int count = 0;
};

std::optional<shard_name> parse_shard_name(const std::string& filename) {
  constexpr std::string_view sample = "-00001-of-00002.gguf";
  if (filename.size() <= sample.size()) return std::nullopt;
  const std::string_view tail = std::string_view(filename).substr(filename.size() - sample.size());
  const auto number_at = [&](std::size_t at) {
    int number = 0;
    const char* first = tail.data() + at;
    const auto [end, error] = std::from_chars(first, first + 5, number);
    return error == std::errc{} && end == first + 5 ? number : 0;
  };
  const bool fits = tail[0] == '-' && tail.substr(6, 4) == "-of-" && tail.substr(15) == ".gguf";
  if (!fits || number_at(1) == 0 || number_at(10) == 0) return std::nullopt;
  return shard_name{filename.substr(0, filename.size() - sample.size()), number_at(1),
                    number_at(10)};
}

std::string shard_filename(const shard_name& name, int index) {
  char tail[32];
  std::snprintf(tail, sizeof tail, "-%05d-of-%05d.gguf", index, name.count);
  return name.stem + tail;
}

outcome<std::vector<fs::path>> find_shards(const model& m, const fs::path& first) {
  const auto name = parse_shard_name(first.filename().string());
  if (!name) return std::vector<fs::path>{first};
  if (name->index != 1) {
    return in_model(m, first.filename().string() + " is shard " + std::to_string(name->index) +
                           " of " + std::to_string(name->count) + ": name the first, " +
                           shard_filename(*name, 1));
  }
  std::vector<fs::path> shards;
  for (int i = 1; i <= name->count; ++i) {
    shards.push_back(first.parent_path() / shard_filename(*name, i));
    if (!is_file(shards.back())) {
      return in_model(m, "shard " + std::to_string(i) + " of " + std::to_string(name->count) +
                             " is missing: " + shards.back().string());
    }
  }
  return shards;
}

int to_int(std::optional<std::uint64_t> value) {
  return static_cast<int>(
      std::min<std::uint64_t>(value.value_or(0), std::numeric_limits<int>::max()));
}

vocabulary_facts vocabulary_of(const gguf_header& header) {
  return {.tokenizer = header.text("tokenizer.ggml.model").value_or(""),
          .size = header.array_length("tokenizer.ggml.tokens").value_or(0),
          .adds_bos = header.number("tokenizer.ggml.add_bos_token").value_or(0) != 0,
          .bos = header.number("tokenizer.ggml.bos_token_id"),
          .eos = header.number("tokenizer.ggml.eos_token_id")};
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
  const architecture_traits traits = traits_of(header, facts.architecture);
  facts.recurrent = traits.recurrent;
  facts.encoder = traits.encoder;
  facts.vision = traits.vision || facts.mmproj.has_value();
  const cache_shape shape = shape_of(header, facts.architecture);
  facts.kv_elements_k = shape.k_elements;
  facts.kv_elements_v = shape.v_elements;
  facts.recurrent_state_bytes = shape.state_bytes;
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
  return {};
}

}  // namespace

boost::system::result<model_facts, std::string> inspect(const host_settings& host, const model& m) {
  const auto path = find_model_file(host, m);
  if (!path) return not_found(host, m);
  auto shards = find_shards(m, *path);
  if (!shards) return refused{shards.error()};
  model_facts facts;
  facts.path = *path;
  facts.shards = *std::move(shards);
  std::optional<gguf_header> first;
  for (const fs::path& shard : facts.shards) {
    auto header = read_gguf(shard);
    if (!header) return in_model(m, header.error());
    facts.weights_bytes += header->file_size;
    if (!first) first = *std::move(header);
  }
  facts.architecture = first->text("general.architecture").value_or("");
  if (facts.architecture.empty()) {
    return in_model(m, path->string() + " does not say its general.architecture");
  }
  if (facts.architecture == "clip") {
    return in_model(m, path->string() + " is a vision projector: name it as mmproj of a model");
  }
  if (m.mmproj) {
    if (const auto taken = take_mmproj(m, facts); !taken) return refused{taken.error()};
  }
  take_header(*first, facts);
  return facts;
}

}  // namespace rolecall::registry
