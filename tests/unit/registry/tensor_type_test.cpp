#include "registry/tensor_type.hpp"

#include <doctest/doctest.h>

using namespace rolecall::registry;

TEST_CASE("tensor types: blocks are those of ggml") {
  // ggml_type_name, ggml_blck_size and ggml_type_size of libggml 0.27.
  struct expectation {
    std::uint32_t number;
    const char* name;
    std::uint64_t elements;
    std::uint64_t bytes;
  };
  for (const expectation& e : {expectation{0, "F32", 1, 4},
                               {1, "F16", 1, 2},
                               {2, "Q4_0", 32, 18},
                               {8, "Q8_0", 32, 34},
                               {12, "Q4_K", 256, 144},
                               {14, "Q6_K", 256, 210},
                               {16, "IQ2_XXS", 256, 66},
                               {20, "IQ4_NL", 32, 18},
                               {23, "IQ4_XS", 256, 136},
                               {24, "I8", 1, 1},
                               {28, "F64", 1, 8},
                               {29, "IQ1_M", 256, 56},
                               {30, "BF16", 1, 2},
                               {34, "TQ1_0", 256, 54},
                               {35, "TQ2_0", 256, 66},
                               {39, "MXFP4", 32, 17},
                               {40, "NVFP4", 64, 36},
                               {41, "Q1_0", 128, 18},
                               {42, "Q2_0", 64, 18}}) {
    CAPTURE(e.name);
    const auto type = tensor_type_of(e.number);
    REQUIRE(type.has_value());
    CHECK(*type == tensor_type{e.name, e.elements, e.bytes});
  }
}

TEST_CASE("tensor types: unknown and removed ones are named, never guessed") {
  CHECK(tensor_type_of(43).error() ==
        "type 43, which is not known; the known ones end at 42 (Q2_0)");
  CHECK(!tensor_type_of(~0U).has_value());
  for (const std::uint32_t removed : {4U, 5U, 31U, 32U, 33U, 36U, 37U, 38U}) {
    CAPTURE(removed);
    REQUIRE(!tensor_type_of(removed).has_value());
    CHECK(tensor_type_of(removed).error().find("which ggml has removed") != std::string::npos);
  }
}
