#include "registry/gguf.hpp"

#include "tests/unit/registry/gguf_bytes.hpp"
#include "tests/unit/registry/temporary_folder.hpp"

#include <sstream>

#include <doctest/doctest.h>

using namespace rolecall::registry;
using testing::gguf_bytes;

namespace {

boost::system::result<gguf_header, std::string> parse(const std::string& bytes) {
  std::istringstream stream(bytes);
  return parse_gguf(stream, bytes.size());
}

std::string error_of(const gguf_bytes& bytes) {
  const auto header = parse(bytes.bytes());
  REQUIRE(!header.has_value());
  return header.error();
}

constexpr std::uint64_t huge = 1ULL << 60;

}  // namespace

TEST_CASE("gguf: keys of every type and tensors are read, versions 2 and 3") {
  for (const std::uint32_t version : {2U, 3U}) {
    gguf_bytes bytes;
    bytes.start(1, 9, version)
        .string("general.architecture", "qwen2")
        .u32("qwen2.block_count", 28)
        .text("signed")
        .raw<std::uint32_t>(5)
        .raw<std::int32_t>(-3)
        .text("wide")
        .raw<std::uint32_t>(10)
        .raw<std::uint64_t>(1ULL << 40)
        .text("float")
        .raw<std::uint32_t>(6)
        .raw<float>(0.5F)
        .boolean("flag", true)
        .u32s("layers", {4, 0, 4})
        .strings("tokens", {"a", "bc", ""})
        .text("nested")
        .raw<std::uint32_t>(9)
        .raw<std::uint32_t>(9)
        .raw<std::uint64_t>(1)
        .raw<std::uint32_t>(0)
        .raw<std::uint64_t>(2)
        .raw<std::uint16_t>(0)
        .tensor("t", {8, 2}, 0, 0)
        .data(64);
    const auto header = parse(bytes.bytes());
    REQUIRE(header.has_value());
    CHECK(header->version == version);
    CHECK(header->text("general.architecture") == "qwen2");
    CHECK(header->number("qwen2.block_count") == 28);
    CHECK(!header->number("signed"));
    CHECK(header->number("wide") == 1ULL << 40);
    CHECK(header->number("flag") == 1);
    CHECK(!header->number("float"));
    CHECK(!header->text("flag"));
    CHECK(header->per_layer("layers", 3) == std::vector<std::uint64_t>{4, 0, 4});
    CHECK(header->per_layer("qwen2.block_count", 2) == std::vector<std::uint64_t>{28, 28});
    CHECK(!header->per_layer("layers", 4));
    CHECK(!header->per_layer("none", 1));
    CHECK(header->array_length("tokens") == 3);
    CHECK(!header->array_length("flag"));
    REQUIRE(header->tensors.size() == 1);
    CHECK(header->tensors[0].dims == std::vector<std::uint64_t>{8, 2});
    CHECK(header->data_offset % 32 == 0);
    CHECK(header->file_size == bytes.bytes().size());
  }
}

TEST_CASE("gguf: what is no GGUF file is told so") {
  CHECK(error_of(gguf_bytes().letters("PK\x03\x04zip")) ==
        "it is no GGUF file: it does not start with the letters GGUF");
  CHECK(error_of(gguf_bytes().letters("GG")) ==
        "it is no GGUF file: it does not start with the letters GGUF");
  CHECK(error_of(gguf_bytes()) == "it is no GGUF file: it does not start with the letters GGUF");
}

TEST_CASE("gguf: unknown versions and big-endian files are refused") {
  CHECK(error_of(gguf_bytes().start(0, 0, 1)) ==
        "malformed GGUF at byte 8: version 1 is not known; 2 and 3 are");
  CHECK(error_of(gguf_bytes().start(0, 0, 0x03000000)) ==
        "malformed GGUF at byte 8: the file is big-endian");
}

TEST_CASE("gguf: hostile counts and lengths are refused with the offset") {
  CHECK(error_of(gguf_bytes().start(huge, 0)) ==
        "malformed GGUF at byte 24: 1152921504606846976 tensors are more than any model has");
  CHECK(error_of(gguf_bytes().start(0, huge)) ==
        "malformed GGUF at byte 24: 1152921504606846976 keys are more than any model has");
  CHECK(error_of(gguf_bytes().start(0, 1).raw<std::uint64_t>(huge)) ==
        "malformed GGUF at byte 32: a key of 1152921504606846976 bytes");
  CHECK(
      error_of(gguf_bytes().start(0, 1).text("k").raw<std::uint32_t>(8).raw<std::uint64_t>(huge)) ==
      "malformed GGUF at byte 45: a text needs 1152921504606846976 bytes and the file has 0 left; "
      "it is truncated or "
      "damaged");
  CHECK(error_of(gguf_bytes()
                     .start(0, 1)
                     .text("k")
                     .raw<std::uint32_t>(9)
                     .raw<std::uint32_t>(8)
                     .raw<std::uint64_t>(huge)) ==
        "malformed GGUF at byte 49: an array of 1152921504606846976 items does not fit into the 0 "
        "bytes that are left");
  CHECK(error_of(gguf_bytes()
                     .start(0, 1)
                     .text("k")
                     .raw<std::uint32_t>(9)
                     .raw<std::uint32_t>(10)
                     .raw<std::uint64_t>(~0ULL)) ==
        "malformed GGUF at byte 49: an array of 18446744073709551615 values");
  CHECK(error_of(gguf_bytes()
                     .start(0, 1)
                     .text("k")
                     .raw<std::uint32_t>(9)
                     .raw<std::uint32_t>(0)
                     .raw<std::uint64_t>(4096)) ==
        "malformed GGUF at byte 49: an array needs 4096 bytes and the file has 0 left; it is "
        "truncated or damaged");
  CHECK(error_of(gguf_bytes().start(0, 1).text("k").raw<std::uint32_t>(13)) ==
        "malformed GGUF at byte 37: value type 13 is not known");
  CHECK(error_of(gguf_bytes().start(1, 0).raw<std::uint64_t>(huge)) ==
        "malformed GGUF at byte 32: a tensor's name of 1152921504606846976 bytes");
  CHECK(error_of(gguf_bytes().start(1, 0).text("t").raw<std::uint32_t>(99)) ==
        "malformed GGUF at byte 37: tensor t has 99 dimensions");
  CHECK(error_of(gguf_bytes().start(0, 2).u32("k", 1).u32("k", 2)) ==
        "malformed GGUF at byte 58: the key k appears twice");
  CHECK(error_of(gguf_bytes().start(0, 1).u32("general.alignment", 3)) ==
        "malformed GGUF at byte 57: an alignment of 3");
}

TEST_CASE("gguf: arrays nested without end are refused") {
  gguf_bytes bytes;
  bytes.start(0, 1).text("k").raw<std::uint32_t>(9);
  for (int i = 0; i < 1000; ++i) bytes.raw<std::uint32_t>(9).raw<std::uint64_t>(1);
  CHECK(error_of(bytes).find("arrays nested more than 4 deep") != std::string::npos);
}

TEST_CASE("gguf: a tensor's bytes follow from its type's blocks") {
  gguf_bytes bytes;
  bytes.start(3, 0)
      .tensor("f32", {5, 3}, 0, 0)
      .tensor("q4_k", {512, 2}, 12, 64)
      .tensor("scalar", {}, 30, 640)
      .data(642);
  const auto header = parse(bytes.bytes());
  REQUIRE(header.has_value());
  CHECK(header->tensors[0].bytes == 60);
  CHECK(header->tensors[0].elements() == 15);
  CHECK(header->tensors[1].bytes == 2 * 2 * 144);
  CHECK(header->tensors[2].bytes == 2);
  CHECK(header->tensors[2].elements() == 1);
}

TEST_CASE("gguf: a type that is not known is named with its tensor and place") {
  CHECK(
      error_of(gguf_bytes().start(1, 0).tensor("blk.0.attn_q.weight", {32}, 43, 0).data(64)) ==
      "malformed GGUF at byte 67: tensor blk.0.attn_q.weight has type 43, which is not known; the "
      "known ones end at 42 (Q2_0)");
  CHECK(
      error_of(gguf_bytes().start(1, 0).tensor("t", {32}, 31, 0).data(64)) ==
      "malformed GGUF at byte 49: tensor t has type 31 (Q4_0_4_4), which ggml has removed; convert "
      "the model again");
}

TEST_CASE("gguf: rows that are no whole number of blocks are refused") {
  CHECK(
      error_of(gguf_bytes().start(1, 0).tensor("t", {48, 2}, 8, 0).data(0)) ==
      "malformed GGUF at byte 57: tensor t has rows of 48 elements, and Q8_0 stores 32 at a time");
  CHECK(error_of(gguf_bytes().start(1, 0).tensor("t", {}, 8, 0).data(0)) ==
        "malformed GGUF at byte 41: tensor t has rows of 1 elements, and Q8_0 stores 32 at a time");
}

TEST_CASE("gguf: tensors whose size or place overflows are refused") {
  CHECK(error_of(gguf_bytes().start(1, 0).tensor("t", {huge, huge}, 0, 0).data(0)) ==
        "malformed GGUF at byte 57: the size of tensor t overflows");
  CHECK(error_of(gguf_bytes().start(1, 0).tensor("t", {1ULL << 62}, 0, 0).data(0)) ==
        "malformed GGUF at byte 49: the size of tensor t overflows");
  CHECK(error_of(gguf_bytes().start(1, 0).tensor("t", {4, 0}, 0, 0).data(0)) ==
        "malformed GGUF at byte 57: tensor t has a dimension of 0");
  CHECK(error_of(gguf_bytes().start(1, 0).tensor("t", {1}, 0, ~0ULL).data(0)) ==
        "malformed GGUF at byte 57: tensor t is said to lie 18446744073709551615 bytes into the "
        "data");
}

TEST_CASE("gguf: tensors off the alignment or in each other's place are refused") {
  CHECK(error_of(gguf_bytes().start(1, 0).tensor("t", {4}, 0, 16).data(64)) ==
        "malformed GGUF at byte 80: tensor t is not aligned to 32 bytes");
  CHECK(parse(gguf_bytes()
                  .start(1, 1)
                  .u32("general.alignment", 16)
                  .tensor("t", {4}, 0, 16)
                  .data(64, 16)
                  .bytes())
            .has_value());
  // The order of the table is not the order of the data.
  CHECK(error_of(gguf_bytes()
                     .start(2, 0)
                     .tensor("late", {9}, 0, 32)
                     .tensor("early", {9}, 0, 0)
                     .data(128)) ==
        "malformed GGUF at byte 160: tensor late overlaps tensor early");
}

TEST_CASE("gguf: two tensors of one name are refused") {
  CHECK(
      error_of(gguf_bytes().start(2, 0).tensor("t", {8}, 0, 0).tensor("t", {8}, 0, 32).data(64)) ==
      "malformed GGUF at byte 90: two tensors have the name t");
}

TEST_CASE("gguf: the pieces of the vocabulary are kept") {
  gguf_bytes bytes;
  bytes.start(0, 2)
      .strings("tokenizer.ggml.tokens", {"a", "", "bcd"})
      .strings("tokenizer.ggml.merges", {"a b", "b c"})
      .data(0);
  const auto header = parse(bytes.bytes());
  REQUIRE(header.has_value());
  REQUIRE(header->tokens.size() == 3);
  CHECK(header->tokens[0] == "a");
  CHECK(header->tokens[1] == "");
  CHECK(header->tokens[2] == "bcd");
  CHECK(header->array_length("tokenizer.ggml.merges") == 2);
  CHECK(error_of(gguf_bytes().start(0, 1).u32s("tokenizer.ggml.tokens", {1})) ==
        "malformed GGUF at byte 61: tokenizer.ggml.tokens holds no texts");
  CHECK(error_of(gguf_bytes().start(0, 1).strings("tokenizer.ggml.tokens",
                                                  {std::string(70'000, 'x')})) ==
        "malformed GGUF at byte 77: a token of 70000 bytes");
}

TEST_CASE("gguf: a header longer than any buffer is read to its end") {
  std::vector<std::string> pieces;
  for (int i = 0; i < 100'000; ++i) pieces.push_back("piece " + std::to_string(i));
  gguf_bytes bytes;
  bytes.start(1, 3)
      .strings("tokenizer.ggml.merges", pieces)
      .strings("tokenizer.ggml.tokens", pieces)
      .u32s("types", std::vector<std::uint32_t>(200'000, 1))
      .tensor("t", {8}, 0, 0)
      .data(32);
  const auto header = parse(bytes.bytes());
  REQUIRE(header.has_value());
  REQUIRE(header->tokens.size() == 100'000);
  CHECK(header->tokens[99'999] == "piece 99999");
  CHECK(header->tensors[0].name == "t");
}

TEST_CASE("gguf: a file that ends before its tensors is truncated") {
  gguf_bytes bytes;
  bytes.start(2, 0).tensor("a", {256}, 0, 0).tensor("b", {256}, 12, 1024).data(1024 + 143);
  CHECK(error_of(bytes).find("it is truncated: tensor b ends at byte ") == 0);
  bytes.letters("x");
  CHECK(parse(bytes.bytes()).has_value());
}

TEST_CASE("gguf: every proper prefix of a header is refused") {
  gguf_bytes bytes;
  bytes.start(1, 2)
      .string("general.architecture", "qwen2")
      .strings("tokens", {"a", "b"})
      .tensor("t", {8}, 0, 0)
      .data(32);
  REQUIRE(parse(bytes.bytes()).has_value());
  for (std::size_t length = 0; length < bytes.bytes().size(); ++length) {
    CAPTURE(length);
    CHECK(!parse(bytes.bytes().substr(0, length)).has_value());
  }
}

TEST_CASE("gguf: long texts are passed over, and a header cannot fill the memory") {
  gguf_bytes bytes;
  bytes.start(0, 2)
      .string("template", std::string(100'000, 'x'))
      .string("general.name", "n")
      .data(0);
  const auto header = parse(bytes.bytes());
  REQUIRE(header.has_value());
  CHECK(header->text("template") == "");
  CHECK(header->text("general.name") == "n");

  gguf_bytes many;
  many.start(0, 300);
  for (int i = 0; i < 300; ++i) many.string("k" + std::to_string(i), std::string(64 * 1024, 'x'));
  CHECK(error_of(many).find("the header holds more than any model's") != std::string::npos);
}

TEST_CASE("gguf: long number arrays are counted, not kept") {
  gguf_bytes bytes;
  bytes.start(0, 1).u32s("types", std::vector<std::uint32_t>(5000, 1)).data(0);
  const auto header = parse(bytes.bytes());
  REQUIRE(header.has_value());
  CHECK(header->array_length("types") == 5000);
  CHECK(!header->per_layer("types", 1));
}

TEST_CASE("read_gguf: errors name the file") {
  const testing::temporary_folder folder;
  const auto file = folder.write("x.gguf", "not a model");
  CHECK(read_gguf(file).error() ==
        "cannot read " + file.string() +
            ": it is no GGUF file: it does not start with the letters GGUF");
  CHECK(read_gguf(folder.path() / "none").error() ==
        "cannot read " + (folder.path() / "none").string() + ": No such file or directory");
}
