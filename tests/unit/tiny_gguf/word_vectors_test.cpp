#include "tools/tiny_gguf/word_vectors.hpp"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>

using namespace rolecall::tiny_gguf;

namespace {

double similarity(std::string_view a, std::string_view b) {
  std::vector<float> u(320);
  std::vector<float> v(320);
  write_word_vector(a, u);
  write_word_vector(b, v);
  double product = 0;
  double uu = 0;
  double vv = 0;
  for (std::size_t i = 0; i < u.size(); ++i) {
    product += double{u[i]} * v[i];
    uu += double{u[i]} * u[i];
    vv += double{v[i]} * v[i];
  }
  return product / std::sqrt(uu * vv);
}

}  // namespace

TEST_CASE("tiny_gguf: words that are spelt alike are nearer to each other than others") {
  CHECK(similarity("model", "model") == doctest::Approx(1));
  CHECK(similarity("model", "models") > 0.4);
  CHECK(std::fabs(similarity("model", "night")) < 0.25);
}
