#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace rolecall::tiny_gguf {

using key_value = std::variant<std::uint32_t, float, bool, std::string, std::vector<std::int32_t>,
                               std::vector<float>, std::vector<std::string>>;

struct key {
  std::string name;
  key_value value;
};

// The numbers are those of the format.
enum class tensor_type : std::uint32_t { f32 = 0, f16 = 1, q8_0 = 8 };

// What a tensor holds: one number everywhere, pseudo-random numbers of at most that size, or rows
// written one by one into zeroed memory.
struct constant {
  float value;
};
struct noise {
  float amplitude;
};
using row_writer = std::function<void(std::uint64_t row, std::span<float> values)>;
using tensor_contents = std::variant<constant, noise, row_writer>;

struct tensor {
  std::string name;
  std::vector<std::uint64_t> dimensions;  // the contiguous one first; q8_0 needs a multiple of 32
  tensor_type type = tensor_type::f32;
  tensor_contents contents = constant{0};
};

// A whole GGUF file (version 3), described but not yet in memory.
struct gguf_file {
  std::vector<key> keys;
  std::vector<tensor> tensors;
};

// The size of the file in bytes.
std::uint64_t file_size(const gguf_file& file);

// Writes the file beside `path` under another name and renames it into place. Memory use does not
// depend on the size of the tensors; the same seed gives the same bytes on every machine.
// Throws model_error with the system's reason.
void write_file(const gguf_file& file, const std::filesystem::path& path, std::uint64_t seed);

}  // namespace rolecall::tiny_gguf
