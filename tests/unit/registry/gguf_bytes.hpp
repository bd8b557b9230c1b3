#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::registry::testing {

/// Writes GGUF headers byte by byte, wrong ones too.
class gguf_bytes {
 public:
  template <class Number>
  gguf_bytes& raw(Number value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  gguf_bytes& letters(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  gguf_bytes& text(std::string_view value) {
    return raw<std::uint64_t>(value.size()).letters(value);
  }

  gguf_bytes& start(std::uint64_t tensors, std::uint64_t keys, std::uint32_t version = 3) {
    return letters("GGUF")
        .raw<std::uint32_t>(version)
        .raw<std::uint64_t>(tensors)
        .raw<std::uint64_t>(keys);
  }
  gguf_bytes& u32(std::string_view key, std::uint32_t value) {
    return text(key).raw<std::uint32_t>(4).raw<std::uint32_t>(value);
  }
  gguf_bytes& boolean(std::string_view key, bool value) {
    return text(key).raw<std::uint32_t>(7).raw<std::uint8_t>(value ? 1 : 0);
  }
  gguf_bytes& string(std::string_view key, std::string_view value) {
    return text(key).raw<std::uint32_t>(8).text(value);
  }
  gguf_bytes& u16(std::string_view key, std::uint16_t value) {
    return text(key).raw<std::uint32_t>(2).raw<std::uint16_t>(value);
  }
  gguf_bytes& u32s(std::string_view key, const std::vector<std::uint32_t>& values) {
    text(key).raw<std::uint32_t>(9).raw<std::uint32_t>(4).raw<std::uint64_t>(values.size());
    for (const std::uint32_t value : values) raw<std::uint32_t>(value);
    return *this;
  }
  gguf_bytes& strings(std::string_view key, const std::vector<std::string>& values) {
    text(key).raw<std::uint32_t>(9).raw<std::uint32_t>(8).raw<std::uint64_t>(values.size());
    for (const std::string& value : values) text(value);
    return *this;
  }
  gguf_bytes& tensor(std::string_view name, const std::vector<std::uint64_t>& dims,
                     std::uint32_t type, std::uint64_t offset) {
    text(name).raw<std::uint32_t>(static_cast<std::uint32_t>(dims.size()));
    for (const std::uint64_t dim : dims) raw<std::uint64_t>(dim);
    return raw<std::uint32_t>(type).raw<std::uint64_t>(offset);
  }
  /// Pads to the alignment and appends `size` bytes of tensor data.
  gguf_bytes& data(std::size_t size, std::size_t alignment = 32) {
    bytes_.resize((bytes_.size() + alignment - 1) / alignment * alignment, '\0');
    bytes_.append(size, '\0');
    return *this;
  }

  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Collects keys of one architecture, so that their count need not be known before.
class gguf_model {
 public:
  explicit gguf_model(std::string architecture) : architecture_(std::move(architecture)) {
    keys_.string("general.architecture", architecture_);
  }
  gguf_model& set(const std::string& name, std::uint32_t value) {
    keys_.u32(architecture_ + "." + name, value);
    ++count_;
    return *this;
  }
  gguf_model& set(const std::string& name, const std::vector<std::uint32_t>& values) {
    keys_.u32s(architecture_ + "." + name, values);
    ++count_;
    return *this;
  }
  gguf_model& tokenizer(const std::string& model, std::size_t tokens, std::uint32_t bos,
                        std::uint32_t eos, bool adds_bos = false) {
    keys_.string("tokenizer.ggml.model", model)
        .strings("tokenizer.ggml.tokens", std::vector<std::string>(tokens, "t"))
        .u32("tokenizer.ggml.bos_token_id", bos)
        .u32("tokenizer.ggml.eos_token_id", eos)
        .boolean("tokenizer.ggml.add_bos_token", adds_bos);
    count_ += 5;
    return *this;
  }
  gguf_model& tokens(const std::string& model, const std::string& pre,
                     const std::vector<std::string>& pieces) {
    keys_.string("tokenizer.ggml.model", model)
        .string("tokenizer.ggml.pre", pre)
        .strings("tokenizer.ggml.tokens", pieces);
    count_ += 3;
    return *this;
  }
  gguf_model& name(const std::string& text) {
    keys_.string("general.name", text);
    ++count_;
    return *this;
  }
  /// What llama-gguf-split writes into a shard.
  gguf_model& split(std::uint16_t number, std::uint16_t count, std::uint32_t tensors) {
    keys_.u16("split.no", number).u16("split.count", count).u32("split.tensors.count", tensors);
    count_ += 3;
    return *this;
  }
  /// Behind the tensors before it; `bytes` of data, aligned to 32.
  gguf_model& tensor(const std::string& name, const std::vector<std::uint64_t>& dims,
                     std::uint32_t type, std::uint64_t bytes) {
    table_.tensor(name, dims, type, placed_);
    placed_ += (bytes + 31) / 32 * 32;
    ++tensors_;
    return *this;
  }
  [[nodiscard]] std::string bytes(std::size_t data = 64) const {
    return gguf_bytes()
        .start(tensors_, count_)
        .letters(keys_.bytes())
        .letters(table_.bytes())
        .data(placed_ + data)
        .bytes();
  }

 private:
  std::string architecture_;
  gguf_bytes keys_;
  gguf_bytes table_;
  std::uint64_t count_ = 1;
  std::uint64_t tensors_ = 0;
  std::uint64_t placed_ = 0;
};

}  // namespace rolecall::registry::testing
