#pragma once

#include "registry/footprint.hpp"
#include "registry/gguf.hpp"

#include <filesystem>
#include <string>
#include <vector>

#include <boost/system/result.hpp>

namespace rolecall::registry {

/// A model's weights on disk: one GGUF file, or all shards of a split one.
struct model_files {
  std::vector<mapped_file> files;  ///< in the order of the shards
  byte_count bytes = 0;            ///< of all of them
  /// The first file's metadata; the tensors of all shards, each with its offset in its own file.
  gguf_header header;
};

/// Reads the headers of `first` and, when its name ends in -00001-of-000NN.gguf, of all other
/// shards (llama.cpp's llama_split_path), and checks that they belong together: split.no,
/// split.count and split.tensors.count. The error names the file that is missing, truncated or
/// wrong, and stands alone. Blocking.
[[nodiscard]] boost::system::result<model_files, std::string> read_model_files(
    const std::filesystem::path& first);

}  // namespace rolecall::registry
