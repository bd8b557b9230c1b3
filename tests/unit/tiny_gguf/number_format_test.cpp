#include "tools/tiny_gguf/number_format.hpp"

#include <array>
#include <cstring>
#include <limits>

#include <doctest/doctest.h>

using namespace rolecall::tiny_gguf;

TEST_CASE("tiny_gguf: half precision rounds to nearest, ties to even") {
  CHECK(to_half(0.0F) == 0x0000);
  CHECK(to_half(-0.0F) == 0x8000);
  CHECK(to_half(1.0F) == 0x3C00);
  CHECK(to_half(-2.0F) == 0xC000);
  CHECK(to_half(65504.0F) == 0x7BFF);
  CHECK(to_half(1.0F + 1.0F / 2048) == 0x3C00);
  CHECK(to_half(1.0F + 3.0F / 2048) == 0x3C02);
  CHECK(to_half(2.0F - 1.0F / 4096) == 0x4000);
}

TEST_CASE("tiny_gguf: half precision has subnormal numbers and infinity") {
  CHECK(to_half(5.9604645e-8F) == 0x0001);
  CHECK(to_half(6.1035156e-5F) == 0x0400);
  CHECK(to_half(1e-9F) == 0x0000);
  CHECK(to_half(65520.0F) == 0x7C00);
  CHECK(to_half(-std::numeric_limits<float>::infinity()) == 0xFC00);
}

TEST_CASE("tiny_gguf: a q8_0 block is its scale and 32 bytes, the largest number being 127") {
  std::array<float, 32> values{};
  values[3] = 2.0F;
  values[4] = -1.0F;
  std::string out;
  encode(tensor_type::q8_0, values, out);
  REQUIRE(out.size() == encoded_size(tensor_type::q8_0, values.size()));
  std::uint16_t scale = 0;
  std::memcpy(&scale, out.data(), sizeof scale);
  CHECK(scale == to_half(2.0F / 127));
  CHECK(out[2 + 3] == 127);
  CHECK(out[2 + 4] == -64);
  CHECK(out[2] == 0);
}

TEST_CASE("tiny_gguf: noise fills exactly the bytes of the tensor and follows from the seed") {
  for (const auto type : {tensor_type::f32, tensor_type::f16, tensor_type::q8_0}) {
    std::mt19937_64 random(7);
    std::mt19937_64 same(7);
    std::string out;
    std::string again;
    encode_noise(type, 64, 0.5F, random, out);
    encode_noise(type, 64, 0.5F, same, again);
    CHECK(out.size() == encoded_size(type, 64));
    CHECK(out == again);
  }
}
