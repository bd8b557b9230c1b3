#pragma once

#include "tools/tiny_gguf/model_error.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <vector>

namespace rolecall::tiny_gguf {

// Small models that a real llama-server loads and serves. Those that generate text have one
// vocabulary in common and speak sentences like those of prose.cpp.
enum class model_kind { dense, draft, moe, hybrid, embedding, vision };

inline constexpr model_kind all_kinds[] = {model_kind::dense,     model_kind::draft,
                                           model_kind::moe,       model_kind::hybrid,
                                           model_kind::embedding, model_kind::vision};

std::string_view kind_name(model_kind kind);

struct model_options {
  // Bytes of the file, met to within 3 %. The model grows by layers and feed-forward width, so the
  // engine maps and reads all of it. Without it: the kind's natural size, a few MiB.
  std::optional<std::uint64_t> size = std::nullopt;
  // Changes the weights that do not matter to what is said, hence the file's checksum.
  std::uint64_t seed = 1;
};

// The smallest size that can be asked for, in bytes.
std::uint64_t smallest_size(model_kind kind);

struct written_file {
  std::filesystem::path path;
  std::uint64_t size;
};

// Writes the model and, for a vision model, its image encoder beside it ("mmproj-" + file name).
// Each file appears under its name only when it is complete. The same kind and options give the
// same bytes on every machine. Throws model_error.
std::vector<written_file> write_model(model_kind kind, const std::filesystem::path& path,
                                      const model_options& options = {});

}  // namespace rolecall::tiny_gguf
