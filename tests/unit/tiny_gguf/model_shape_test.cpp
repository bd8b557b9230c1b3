#include "tools/tiny_gguf/model_shape.hpp"

#include <doctest/doctest.h>

using namespace rolecall::tiny_gguf;

namespace {

constexpr std::uint64_t mebibyte = 1ULL << 20;

// A megabyte of embedding, layers of half a megabyte and 3 KiB per unit of feed-forward length.
std::uint64_t example_size(const model_shape& shape) {
  return mebibyte + shape.layers * (mebibyte / 2 + 3072ULL * shape.feed_forward);
}

}  // namespace

TEST_CASE("tiny_gguf: a wanted size is met to within 3 %, from the smallest shape to gigabytes") {
  const shape_limits limits;
  for (auto wanted = example_size(smallest_shape(limits)); wanted < 4096 * mebibyte;
       wanted += wanted / 7) {
    const auto shape = fit_shape(wanted, limits, example_size);
    REQUIRE(shape);
    const auto achieved = static_cast<double>(example_size(*shape));
    CHECK(achieved == doctest::Approx(static_cast<double>(wanted)).epsilon(0.03));
  }
}

TEST_CASE("tiny_gguf: a size below the smallest shape's has no shape") {
  const shape_limits limits;
  CHECK_FALSE(fit_shape(example_size(smallest_shape(limits)) - 1, limits, example_size));
}

TEST_CASE("tiny_gguf: layers come in whole periods and grow with the size") {
  const shape_limits limits{.layer_step = 4};
  const auto small = fit_shape(8 * mebibyte, limits, example_size);
  const auto large = fit_shape(1000 * mebibyte, limits, example_size);
  REQUIRE(small);
  REQUIRE(large);
  CHECK(small->layers == 4);
  CHECK(large->layers % 4 == 0);
  CHECK(large->layers > small->layers);
}
