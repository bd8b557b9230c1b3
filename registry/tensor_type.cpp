#include "registry/tensor_type.hpp"

#include "registry/quantities.hpp"

#include <array>

namespace rolecall::registry {

namespace {

/// ggml's type_traits, in the order of their numbers; those without bytes have been removed. The
/// figures are what ggml_type_name, ggml_blck_size and ggml_type_size of libggml 0.27 return.
constexpr std::array types{
    tensor_type{"F32", 1, 4},        tensor_type{"F16", 1, 2},
    tensor_type{"Q4_0", 32, 18},     tensor_type{"Q4_1", 32, 20},
    tensor_type{"Q4_2", 0, 0},       tensor_type{"Q4_3", 0, 0},
    tensor_type{"Q5_0", 32, 22},     tensor_type{"Q5_1", 32, 24},
    tensor_type{"Q8_0", 32, 34},     tensor_type{"Q8_1", 32, 36},
    tensor_type{"Q2_K", 256, 84},    tensor_type{"Q3_K", 256, 110},
    tensor_type{"Q4_K", 256, 144},   tensor_type{"Q5_K", 256, 176},
    tensor_type{"Q6_K", 256, 210},   tensor_type{"Q8_K", 256, 292},
    tensor_type{"IQ2_XXS", 256, 66}, tensor_type{"IQ2_XS", 256, 74},
    tensor_type{"IQ3_XXS", 256, 98}, tensor_type{"IQ1_S", 256, 50},
    tensor_type{"IQ4_NL", 32, 18},   tensor_type{"IQ3_S", 256, 110},
    tensor_type{"IQ2_S", 256, 82},   tensor_type{"IQ4_XS", 256, 136},
    tensor_type{"I8", 1, 1},         tensor_type{"I16", 1, 2},
    tensor_type{"I32", 1, 4},        tensor_type{"I64", 1, 8},
    tensor_type{"F64", 1, 8},        tensor_type{"IQ1_M", 256, 56},
    tensor_type{"BF16", 1, 2},       tensor_type{"Q4_0_4_4", 0, 0},
    tensor_type{"Q4_0_4_8", 0, 0},   tensor_type{"Q4_0_8_8", 0, 0},
    tensor_type{"TQ1_0", 256, 54},   tensor_type{"TQ2_0", 256, 66},
    tensor_type{"IQ4_NL_4_4", 0, 0}, tensor_type{"IQ4_NL_4_8", 0, 0},
    tensor_type{"IQ4_NL_8_8", 0, 0}, tensor_type{"MXFP4", 32, 17},
    tensor_type{"NVFP4", 64, 36},    tensor_type{"Q1_0", 128, 18},
    tensor_type{"Q2_0", 64, 18},
};

}  // namespace

boost::system::result<tensor_type, std::string> tensor_type_of(std::uint32_t number) {
  if (number >= types.size()) {
    return refused{"type " + std::to_string(number) +
                   ", which is not known; the known ones end at " +
                   std::to_string(types.size() - 1) + " (" + std::string(types.back().name) + ")"};
  }
  if (types[number].bytes == 0) {
    return refused{"type " + std::to_string(number) + " (" + std::string(types[number].name) +
                   "), which ggml has removed; convert the model again"};
  }
  return types[number];
}

}  // namespace rolecall::registry
