#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::oracle {

/// ggml's numbers of the tensor types used here.
enum class stored : std::uint32_t { f32 = 0, f16 = 1, q4_0 = 2, q8_0 = 8, q4_k = 12 };

/// A GGUF file whose tensors are holes: any size, without disk or time. llama-fit-params reads
/// nothing but the header, and a hole reads as zeros.
class sparse_model {
 public:
  explicit sparse_model(std::string architecture);

  /// A key of the architecture, "block_count".
  sparse_model& set(std::string_view name, std::uint32_t value);
  sparse_model& set(std::string_view name, float value);
  sparse_model& set(std::string_view name, bool value);
  /// Keys as they are written.
  sparse_model& count(std::string_view key, std::uint32_t value);
  sparse_model& text(std::string_view key, std::string_view value);
  sparse_model& strings(std::string_view key, const std::vector<std::string>& values);
  /// Dimensions as ggml has them, the contiguous one first. ".weight" is added to the name.
  sparse_model& matrix(std::string_view name, std::initializer_list<std::uint64_t> dims,
                       stored type = stored::f16);
  sparse_model& vector(std::string_view name, std::uint64_t length);
  sparse_model& plain(std::string_view full_name, std::initializer_list<std::uint64_t> dims);

  void write(const std::filesystem::path& file) const;

 private:
  struct tensor {
    std::string name;
    std::vector<std::uint64_t> dims;
    stored type;
  };
  void key(std::string_view name, std::uint32_t type);

  std::string architecture_;
  std::string keys_;
  std::uint64_t key_count_ = 0;
  std::vector<tensor> tensors_;
};

}  // namespace rolecall::oracle
