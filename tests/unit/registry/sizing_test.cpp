#include "registry/sizing.hpp"

#include <array>
#include <cmath>

#include <doctest/doctest.h>

using namespace rolecall::registry;

namespace {

/// The field guide's table of budgets, as printed there.
struct budget_row {
  double ram, available, hot, warm;
};
constexpr std::array seed_budgets{
    budget_row{64, 38, 4, 34},     budget_row{128, 93, 9, 84},     budget_row{256, 202, 20, 182},
    budget_row{512, 420, 42, 378}, budget_row{1024, 854, 85, 769},
};

double formula(double billions, const char* quant) {
  const auto* const found = find_quantisation(quant);
  REQUIRE(found != nullptr);
  return formula_size(billions, *found);
}

}  // namespace

TEST_CASE("sizing: the formula gives the field guide's examples") {
  CHECK(formula(7, "Q4_K_M") == doctest::Approx(3.85));
  CHECK(formula(32, "Q4_K_M") == doctest::Approx(17.6));
  CHECK(formula(235, "Q4_K_M") == doctest::Approx(129.25));
  CHECK(formula(480, "Q4_K_M") == doctest::Approx(264));
}

TEST_CASE("sizing: every quantisation of the field guide's table is known with its multiplier") {
  CHECK(formula(1, "F16") == doctest::Approx(2.2));
  CHECK(formula(1, "Q8_0") == doctest::Approx(1.1));
  CHECK(formula(1, "Q6_K") == doctest::Approx(0.825));
  CHECK(formula(1, "Q5_K_M") == doctest::Approx(0.6875));
  CHECK(formula(1, "Q3_K_M") == doctest::Approx(0.4125));
  CHECK(formula(1, "Q2_K") == doctest::Approx(0.275));
  for (const auto& q : quantisations()) CHECK(q.multiplier == q.bits / 8.0);
}

TEST_CASE("sizing: a quantisation is found in any case and by its beginning") {
  CHECK(find_quantisation("q4_k_m") == find_quantisation("Q4_K_M"));
  CHECK(find_quantisation("Q8") == find_quantisation("Q8_0"));
  CHECK(find_quantisation("Q4_0") == nullptr);
  CHECK(find_quantisation("") == nullptr);
  CHECK(find_quantisation("Q") == nullptr);
}

TEST_CASE("sizing: a file's name tells its quantisation only when it spells it out") {
  REQUIRE(quantisation_in("Qwen3-235B-A22B-Q4_K_M-00001-of-00004.gguf") != nullptr);
  CHECK(quantisation_in("Qwen3-235B-A22B-Q4_K_M-00001-of-00004.gguf")->name == "Q4_K_M");
  CHECK(quantisation_in("model.Q6_K.gguf")->name == "Q6_K");
  CHECK(quantisation_in("bge-large-en-v1.5-f16.gguf")->name == "F16");
  CHECK(quantisation_in("Qwen2.5-7B-Q4_0.gguf") == nullptr);
  CHECK(quantisation_in("Qwen2.5-7B-Q4.gguf") == nullptr);
}

TEST_CASE("sizing: names tell all parameters and the active ones") {
  CHECK(parameters_in("32B") == parameter_count{32, 32});
  CHECK(parameters_in("Qwen2.5-Coder-0.5B-Instruct-Q8_0.gguf") == parameter_count{0.5, 0.5});
  CHECK(parameters_in("Qwen3-235B-A22B") == parameter_count{235, 22});
  CHECK(parameters_in("480b-a35b") == parameter_count{480, 35});
  CHECK(parameters_in("qwen3-next-80b-a3b.gguf") == parameter_count{80, 3});
  CHECK(parameters_in("functiongemma-270M.gguf")->total == doctest::Approx(0.27));
  CHECK(parameters_in("Qwen3-235B-A22B")->mixture());
  CHECK_FALSE(parameters_in("Qwen2.5-32B")->mixture());
}

TEST_CASE("sizing: a name without a number is known by its family or not at all") {
  CHECK(parameters_in("bge-large-en-v1.5")->total == doctest::Approx(0.335));
  CHECK_FALSE(parameters_in("tiny-dense"));
  CHECK_FALSE(parameters_in("v1.5"));
  CHECK_FALSE(parameters_in("0B"));
  CHECK_FALSE(parameters_in(""));
}

TEST_CASE("sizing: the calculator gives the field guide's table, which rounds 419.2 up to 420") {
  for (const auto& row : seed_budgets) {
    CAPTURE(row.ram);
    const auto budget = calculate_budget(row.ram);
    CHECK(budget.total_ram == row.ram);
    CHECK(budget.os_overhead == 16);
    CHECK(budget.safety_buffer == doctest::Approx(row.ram * 0.15));
    // 512 GB alone are printed one too high; 420 is what the two parts of the table add up to.
    const double printed = row.ram == 512 ? 419 : row.available;
    CHECK(std::round(budget.available_for_models) == printed);
    CHECK(std::abs(budget.hot_tier_budget - row.hot) < 0.5);
    CHECK(std::abs(budget.warm_tier_budget - row.warm) < 1);
    CHECK(budget.hot_tier_budget + budget.warm_tier_budget ==
          doctest::Approx(budget.available_for_models));
  }
  CHECK(calculate_budget(512).available_for_models == doctest::Approx(419.2));
}

TEST_CASE("sizing: a host smaller than the overhead has nothing for models, not less") {
  CHECK(calculate_budget(16).available_for_models == 0);
  CHECK(calculate_budget(16).warm_tier_budget == 0);
}

TEST_CASE("sizing: the thresholds are exactly 32, 64, 128, 256 and 512") {
  CHECK(class_of(0).name == "DEV ONLY");
  CHECK(class_of(31).name == "DEV ONLY");
  CHECK(class_of(32).name == "MINIMAL");
  CHECK(class_of(63).name == "MINIMAL");
  CHECK(class_of(64).name == "BASIC");
  CHECK(class_of(127).name == "BASIC");
  CHECK(class_of(128).name == "STANDARD");
  CHECK(class_of(255).name == "STANDARD");
  CHECK(class_of(256).name == "PRODUCTION");
  CHECK(class_of(511).name == "PRODUCTION");
  CHECK(class_of(512).name == "FULL");
  CHECK(class_of(1132).sentence == "All tiers including 480B architect");
}

TEST_CASE(
    "sizing: the file rule's file × 1.2 gives its router and coder, but not its third model") {
  CHECK(file_rule_size(279) == doctest::Approx(335).epsilon(0.001));
  CHECK(file_rule_size(4.4) == doctest::Approx(5.28));
  // The field guide says 5.0 GB; its own rule says 4.68.
  CHECK(file_rule_size(3.9) == doctest::Approx(4.68));
}

TEST_CASE("sizing: gigabytes have at most one decimal") {
  CHECK(format_gb(512) == "512 GB");
  CHECK(format_gb(419.2) == "419.2 GB");
  CHECK(format_gb(0.55) == "0.6 GB");
  CHECK(format_gb(17.96) == "18 GB");
}
