#include "registry/byte_reader.hpp"
#include "registry/gguf.hpp"
#include "registry/tensor_table.hpp"

#include <algorithm>
#include <bit>
#include <limits>
#include <utility>

namespace rolecall::registry {

namespace {

constexpr std::uint64_t most_tensors = 65'535;
constexpr std::uint64_t most_keys = 65'535;
constexpr std::uint64_t longest_key = 65'535;
constexpr std::uint64_t longest_tensor_name = 255;
constexpr std::uint64_t longest_kept_text = byte_reader::longest_view;
constexpr std::uint64_t most_kept_bytes = 16ULL << 20;
constexpr std::uint64_t most_kept_numbers = 4096;
constexpr std::uint64_t most_tokens = 2ULL << 20;
constexpr std::uint64_t most_token_bytes = 16ULL << 20;
constexpr int deepest_array = 4;
constexpr std::uint32_t most_dims = 4;
constexpr std::uint64_t default_alignment = 32;

/// The value types of metadata, numbered as in the file.
enum class value_type : std::uint32_t {
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  f32,
  boolean,
  string,
  array,
  u64,
  i64,
  f64,
};
constexpr std::uint32_t value_types = 13;

/// Bytes of a value of fixed size; 0 for strings and arrays.
std::uint64_t size_of(value_type type) {
  switch (type) {
    case value_type::u8:
    case value_type::i8:
    case value_type::boolean:
      return 1;
    case value_type::u16:
    case value_type::i16:
      return 2;
    case value_type::u32:
    case value_type::i32:
    case value_type::f32:
      return 4;
    case value_type::u64:
    case value_type::i64:
    case value_type::f64:
      return 8;
    case value_type::string:
    case value_type::array:
      return 0;
  }
  return 0;
}

class header_reader {
 public:
  header_reader(std::istream& stream, byte_count size) : in_(stream, size) {
    header_.file_size = size;
  }

  gguf_header run() {
    if (in_.left() < 4 || in_.view(4, "the magic") != "GGUF") {
      throw malformed_header("it is no GGUF file: it does not start with the letters GGUF");
    }
    header_.version = in_.number<std::uint32_t>("the version");
    if (header_.version == 0x0200'0000 || header_.version == 0x0300'0000)
      in_.fail("the file is big-endian");
    if (header_.version != 2 && header_.version != 3) {
      in_.fail("version " + std::to_string(header_.version) + " is not known; 2 and 3 are");
    }
    const auto tensors = in_.number<std::uint64_t>("the tensor count");
    const auto keys = in_.number<std::uint64_t>("the key count");
    if (tensors > most_tensors)
      in_.fail(std::to_string(tensors) + " tensors are more than any model has");
    if (keys > most_keys) in_.fail(std::to_string(keys) + " keys are more than any model has");
    for (std::uint64_t i = 0; i < keys; ++i) read_key();
    for (std::uint64_t i = 0; i < tensors; ++i) read_tensor();
    place_data();
    return std::move(header_);
  }

 private:
  value_type read_type() {
    const auto number = in_.number<std::uint32_t>("a value's type");
    if (number >= value_types) in_.fail("value type " + std::to_string(number) + " is not known");
    return static_cast<value_type>(number);
  }

  void read_key() {
    const auto length = in_.number<std::uint64_t>("a key's length");
    if (length > longest_key) in_.fail("a key of " + std::to_string(length) + " bytes");
    std::string key(in_.view(length, "a key"));
    kept_bytes_ += length;
    const value_type type = read_type();
    gguf_value value = type == value_type::array && key == "tokenizer.ggml.tokens"
                           ? read_tokens()
                           : read_value(type);
    if (kept_bytes_ > most_kept_bytes) in_.fail("the header holds more than any model's");
    if (!header_.metadata.emplace(key, std::move(value)).second)
      in_.fail("the key " + key + " appears twice");
  }

  gguf_value read_value(value_type type) {
    switch (type) {
      case value_type::u8:
        return std::uint64_t{in_.number<std::uint8_t>("a value")};
      case value_type::u16:
        return std::uint64_t{in_.number<std::uint16_t>("a value")};
      case value_type::u32:
        return std::uint64_t{in_.number<std::uint32_t>("a value")};
      case value_type::u64:
        return in_.number<std::uint64_t>("a value");
      case value_type::i8:
        return std::int64_t{in_.number<std::int8_t>("a value")};
      case value_type::i16:
        return std::int64_t{in_.number<std::int16_t>("a value")};
      case value_type::i32:
        return std::int64_t{in_.number<std::int32_t>("a value")};
      case value_type::i64:
        return in_.number<std::int64_t>("a value");
      case value_type::f32:
        return double{in_.number<float>("a value")};
      case value_type::f64:
        return in_.number<double>("a value");
      case value_type::boolean:
        return in_.number<std::uint8_t>("a value") != 0;
      case value_type::string:
        return read_text();
      case value_type::array:
        return read_array(0);
    }
    return false;
  }

  /// Texts too long to be of use here (they go on for megabytes in no honest file) are passed over.
  std::string read_text() {
    const auto length = in_.number<std::uint64_t>("a text's length");
    if (length > longest_kept_text) {
      in_.skip(length, "a text");
      return {};
    }
    kept_bytes_ += length;
    return std::string(in_.view(length, "a text"));
  }

  /// The vocabulary: the one array of texts that is kept.
  gguf_array read_tokens() {
    if (read_type() != value_type::string) in_.fail("tokenizer.ggml.tokens holds no texts");
    gguf_array array;
    array.count = in_.number<std::uint64_t>("an array's length");
    need_items(array.count);
    if (array.count > most_tokens)
      in_.fail("a vocabulary of " + std::to_string(array.count) + " tokens");
    for (std::uint64_t i = 0; i < array.count; ++i) {
      const auto length = in_.number<std::uint64_t>("a token's length");
      if (length > byte_reader::longest_view)
        in_.fail("a token of " + std::to_string(length) + " bytes");
      header_.tokens.add(in_.view(length, "a token"));
      if (header_.tokens.bytes() > most_token_bytes)
        in_.fail("the vocabulary holds more text than any model's");
    }
    return array;
  }

  gguf_array read_array(int depth) {
    if (depth >= deepest_array)
      in_.fail("arrays nested more than " + std::to_string(deepest_array) + " deep");
    const value_type type = read_type();
    gguf_array array;
    array.count = in_.number<std::uint64_t>("an array's length");
    const std::uint64_t size = size_of(type);
    if (size == 0) {
      skip_items(type, array.count, depth);
      return array;
    }
    if (array.count > std::numeric_limits<std::uint64_t>::max() / size) {
      in_.fail("an array of " + std::to_string(array.count) + " values");
    }
    const bool is_whole = type != value_type::f32 && type != value_type::f64;
    if (!is_whole || depth > 0 || array.count > most_kept_numbers) {
      in_.skip(array.count * size, "an array");
      return array;
    }
    in_.need(array.count * size, "an array");
    kept_bytes_ += array.count * sizeof(std::int64_t);
    array.numbers.reserve(array.count);
    for (std::uint64_t i = 0; i < array.count; ++i)
      array.numbers.push_back(whole(read_value(type)));
    return array;
  }

  /// Strings and arrays say their length one by one; each takes at least eight bytes.
  void need_items(std::uint64_t count) const {
    constexpr std::uint64_t shortest_item = 8;
    if (count <= in_.left() / shortest_item) return;
    in_.fail("an array of " + std::to_string(count) + " items does not fit into the " +
             std::to_string(in_.left()) + " bytes that are left");
  }

  void skip_items(value_type type, std::uint64_t count, int depth) {
    need_items(count);
    for (std::uint64_t i = 0; i < count; ++i) {
      if (type == value_type::array) {
        (void)read_array(depth + 1);
      } else {
        in_.skip(in_.number<std::uint64_t>("a text's length"), "a text");
      }
    }
  }

  static std::int64_t whole(const gguf_value& value) {
    if (const auto* number = std::get_if<std::uint64_t>(&value)) {
      return static_cast<std::int64_t>(
          std::min<std::uint64_t>(*number, std::numeric_limits<std::int64_t>::max()));
    }
    if (const auto* number = std::get_if<std::int64_t>(&value)) return *number;
    if (const auto* truth = std::get_if<bool>(&value)) return *truth ? 1 : 0;
    return 0;
  }

  void read_tensor() {
    gguf_tensor tensor;
    const auto length = in_.number<std::uint64_t>("a tensor name's length");
    if (length > longest_tensor_name)
      in_.fail("a tensor's name of " + std::to_string(length) + " bytes");
    tensor.name = in_.view(length, "a tensor's name");
    const auto dims = in_.number<std::uint32_t>("a tensor's dimensions");
    if (dims > most_dims)
      in_.fail("tensor " + tensor.name + " has " + std::to_string(dims) + " dimensions");
    for (std::uint32_t i = 0; i < dims; ++i)
      tensor.dims.push_back(in_.number<std::uint64_t>("a dimension"));
    tensor.type = in_.number<std::uint32_t>("a tensor's type");
    tensor.bytes = stored_bytes(tensor, in_.offset());
    tensor.offset = in_.number<std::uint64_t>("a tensor's offset");
    header_.tensors.push_back(std::move(tensor));
  }

  void place_data() {
    const std::uint64_t alignment = header_.number("general.alignment").value_or(default_alignment);
    if (!std::has_single_bit(alignment) || alignment > (1ULL << 20)) {
      in_.fail("an alignment of " + std::to_string(alignment));
    }
    header_.data_offset = (in_.offset() + alignment - 1) / alignment * alignment;
    refuse_misplaced_tensors(header_, alignment, in_.offset());
  }

  byte_reader in_;
  gguf_header header_;
  std::uint64_t kept_bytes_ = 0;
};

}  // namespace

boost::system::result<gguf_header, std::string> parse_gguf(std::istream& stream, byte_count size) {
  try {
    return header_reader(stream, size).run();
  } catch (const malformed_header& reason) {
    return std::string(reason.what());
  }
}

}  // namespace rolecall::registry
