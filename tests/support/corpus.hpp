#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace rolecall::test {

struct corpus_file {
  std::string name;
  std::string bytes;
  bool valid = false;
};

/// Files of tests/fuzz/corpus/`folder`, named valid-… or refused-….
[[nodiscard]] inline std::vector<corpus_file> corpus(const char* folder) {
  std::vector<corpus_file> files;
  const std::filesystem::path path =
      std::filesystem::path(ROLECALL_SOURCE_DIR) / "tests/fuzz/corpus" / folder;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    std::ifstream stream(entry.path(), std::ios::binary);
    const std::string name = entry.path().filename().string();
    files.push_back({name,
                     {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()},
                     name.starts_with("valid-")});
  }
  return files;
}

}  // namespace rolecall::test
