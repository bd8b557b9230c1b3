#include "tools/tiny_gguf/gguf_file.hpp"

#include "tools/tiny_gguf/number_format.hpp"
#include "tools/tiny_gguf/replaced_file.hpp"

#include <bit>
#include <random>

namespace rolecall::tiny_gguf {

static_assert(std::endian::native == std::endian::little, "GGUF is written in host byte order");

namespace {

constexpr std::uint32_t format_version = 3;
constexpr std::uint64_t alignment = 32;
constexpr std::size_t rows_per_write = 64;

std::uint64_t aligned(std::uint64_t size) { return (size + alignment - 1) / alignment * alignment; }

std::uint64_t element_count(const tensor& t) {
  std::uint64_t result = 1;
  for (const auto dimension : t.dimensions) result *= dimension;
  return result;
}

std::uint64_t tensor_size(const tensor& t) { return encoded_size(t.type, element_count(t)); }

class header_writer {
 public:
  template <class Number>
  void number(Number value) {
    const auto bytes = std::bit_cast<std::array<char, sizeof(Number)>>(value);
    bytes_.append(bytes.data(), bytes.size());
  }
  void text(const std::string& value) {
    number<std::uint64_t>(value.size());
    bytes_ += value;
  }
  void value(const key_value& value) {
    std::visit([this](const auto& v) { write(v); }, value);
  }
  void pad() { bytes_.resize(aligned(bytes_.size()), '\0'); }
  const std::string& bytes() const { return bytes_; }

 private:
  enum value_type : std::uint32_t {
    type_u32 = 4,
    type_i32 = 5,
    type_f32 = 6,
    type_bool = 7,
    type_string = 8,
    type_array = 9
  };
  void type(value_type t) { number<std::uint32_t>(t); }

  void write(std::uint32_t v) { type(type_u32), number(v); }
  void write(float v) { type(type_f32), number(v); }
  void write(bool v) { type(type_bool), number<std::uint8_t>(v ? 1 : 0); }
  void write(const std::string& v) { type(type_string), text(v); }
  void write(const std::vector<std::int32_t>& v) { array(type_i32, v); }
  void write(const std::vector<float>& v) { array(type_f32, v); }
  void write(const std::vector<std::string>& v) {
    array_head(type_string, v.size());
    for (const auto& item : v) text(item);
  }
  template <class Number>
  void array(value_type item_type, const std::vector<Number>& items) {
    array_head(item_type, items.size());
    for (const auto item : items) number(item);
  }
  void array_head(value_type item_type, std::uint64_t size) {
    type(type_array), type(item_type), number(size);
  }

  std::string bytes_;
};

std::string header(const gguf_file& file) {
  header_writer out;
  for (const char c : {'G', 'G', 'U', 'F'}) out.number(c);
  out.number(format_version);
  out.number<std::uint64_t>(file.tensors.size());
  out.number<std::uint64_t>(file.keys.size());
  for (const auto& [name, value] : file.keys) {
    out.text(name);
    out.value(value);
  }
  std::uint64_t offset = 0;
  for (const auto& t : file.tensors) {
    out.text(t.name);
    out.number(static_cast<std::uint32_t>(t.dimensions.size()));
    for (const auto dimension : t.dimensions) out.number(dimension);
    out.number(static_cast<std::uint32_t>(t.type));
    out.number(offset);
    offset += aligned(tensor_size(t));
  }
  out.pad();
  return out.bytes();
}

void write_rows(const tensor& t, const row_writer& write_row, replaced_file& out) {
  const auto width = static_cast<std::size_t>(t.dimensions.front());
  const auto rows = element_count(t) / width;
  std::vector<float> values;
  std::string bytes;
  for (std::uint64_t first = 0; first < rows; first += rows_per_write) {
    const auto count = std::min<std::uint64_t>(rows_per_write, rows - first);
    values.assign(width * count, 0.0F);
    for (std::uint64_t i = 0; i < count; ++i) {
      write_row(first + i, std::span(values).subspan(i * width, width));
    }
    bytes.clear();
    encode(t.type, values, bytes);
    out.write(bytes);
  }
}

void write_contents(const tensor& t, std::mt19937_64& random, replaced_file& out) {
  if (const auto* rows = std::get_if<row_writer>(&t.contents)) {
    write_rows(t, *rows, out);
    return;
  }
  // Whole blocks of every type, so that a tensor may be written in pieces of this size.
  constexpr std::uint64_t piece = 64 * 1024;
  std::string bytes;
  for (std::uint64_t left = element_count(t); left > 0;) {
    const auto count = std::min(piece, left);
    if (const auto* same = std::get_if<constant>(&t.contents)) {
      if (bytes.empty() || count < piece) {
        bytes.clear();
        encode(t.type, std::vector<float>(count, same->value), bytes);
      }
    } else {
      bytes.clear();
      encode_noise(t.type, count, std::get<noise>(t.contents).amplitude, random, bytes);
    }
    out.write(bytes);
    left -= count;
  }
}

}  // namespace

std::uint64_t file_size(const gguf_file& file) {
  std::uint64_t result = header(file).size();
  for (const auto& t : file.tensors) result += aligned(tensor_size(t));
  return result;
}

void write_file(const gguf_file& file, const std::filesystem::path& path, std::uint64_t seed) {
  replaced_file out(path);
  out.write(header(file));
  std::mt19937_64 random(seed);
  for (const auto& t : file.tensors) {
    write_contents(t, random, out);
    const auto size = tensor_size(t);
    out.write(std::string(aligned(size) - size, '\0'));
  }
  out.commit();
}

}  // namespace rolecall::tiny_gguf
