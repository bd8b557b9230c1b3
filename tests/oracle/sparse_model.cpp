#include "tests/oracle/sparse_model.hpp"

#include <fstream>
#include <stdexcept>

namespace rolecall::oracle {

namespace {

constexpr std::uint64_t alignment = 32;
constexpr std::uint32_t type_u32 = 4;
constexpr std::uint32_t type_f32 = 6;
constexpr std::uint32_t type_bool = 7;
constexpr std::uint32_t type_string = 8;
constexpr std::uint32_t type_array = 9;

template <class Number>
void append(std::string& bytes, Number value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_text(std::string& bytes, std::string_view text) {
  append<std::uint64_t>(bytes, text.size());
  bytes += text;
}

std::uint64_t padded(std::uint64_t n) { return (n + alignment - 1) / alignment * alignment; }

std::uint64_t bytes_of(const std::vector<std::uint64_t>& dims, stored type) {
  std::uint64_t elements = 1;
  for (const std::uint64_t dim : dims) elements *= dim;
  switch (type) {
    case stored::f32:
      return elements * 4;
    case stored::f16:
      return elements * 2;
    case stored::q4_0:
      return elements / 32 * 18;
    case stored::q8_0:
      return elements / 32 * 34;
    case stored::q4_k:
      return elements / 256 * 144;
  }
  throw std::invalid_argument("unknown tensor type");
}

}  // namespace

sparse_model::sparse_model(std::string architecture) : architecture_(std::move(architecture)) {
  text("general.architecture", architecture_);
}

void sparse_model::key(std::string_view name, std::uint32_t type) {
  append_text(keys_, name);
  append(keys_, type);
  ++key_count_;
}

sparse_model& sparse_model::set(std::string_view name, std::uint32_t value) {
  key(architecture_ + "." + std::string(name), type_u32);
  append(keys_, value);
  return *this;
}

sparse_model& sparse_model::set(std::string_view name, float value) {
  key(architecture_ + "." + std::string(name), type_f32);
  append(keys_, value);
  return *this;
}

sparse_model& sparse_model::set(std::string_view name, bool value) {
  key(architecture_ + "." + std::string(name), type_bool);
  append<std::uint8_t>(keys_, value ? 1 : 0);
  return *this;
}

sparse_model& sparse_model::count(std::string_view name, std::uint32_t value) {
  key(name, type_u32);
  append(keys_, value);
  return *this;
}

sparse_model& sparse_model::text(std::string_view name, std::string_view value) {
  key(name, type_string);
  append_text(keys_, value);
  return *this;
}

sparse_model& sparse_model::strings(std::string_view name, const std::vector<std::string>& values) {
  key(name, type_array);
  append(keys_, type_string);
  append<std::uint64_t>(keys_, values.size());
  for (const std::string& value : values) append_text(keys_, value);
  return *this;
}

sparse_model& sparse_model::matrix(std::string_view name, std::initializer_list<std::uint64_t> dims,
                                   stored type) {
  tensors_.push_back({std::string(name) + ".weight", dims, type});
  return *this;
}

sparse_model& sparse_model::vector(std::string_view name, std::uint64_t length) {
  return matrix(name, {length}, stored::f32);
}

sparse_model& sparse_model::plain(std::string_view full_name,
                                  std::initializer_list<std::uint64_t> dims) {
  tensors_.push_back({std::string(full_name), dims, stored::f32});
  return *this;
}

void sparse_model::write(const std::filesystem::path& file) const {
  std::string header = "GGUF";
  append<std::uint32_t>(header, 3);
  append<std::uint64_t>(header, tensors_.size());
  append<std::uint64_t>(header, key_count_);
  header += keys_;
  std::uint64_t offset = 0;
  for (const tensor& t : tensors_) {
    append_text(header, t.name);
    append(header, static_cast<std::uint32_t>(t.dims.size()));
    for (const std::uint64_t dim : t.dims) append(header, dim);
    append(header, static_cast<std::uint32_t>(t.type));
    append(header, offset);
    offset += padded(bytes_of(t.dims, t.type));
  }
  header.resize(padded(header.size()), '\0');
  {
    std::ofstream out(file, std::ios::binary);
    out << header;
    if (!out) throw std::runtime_error("cannot write " + file.string());
  }
  std::filesystem::resize_file(file, header.size() + offset);
}

}  // namespace rolecall::oracle
