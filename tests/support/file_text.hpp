#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace rolecall::test {

/// All of a file, byte for byte; empty when there is none.
[[nodiscard]] inline std::string file_text(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace rolecall::test
