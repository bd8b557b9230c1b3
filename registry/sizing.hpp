#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

// The field guide's sizing guide as numbers. It counts in plain GB: 10^9 bytes, because a billion
// parameters of one byte each are one GB.

namespace rolecall::registry {

/// A row of the field guide's quantisation table.
struct quantisation {
  std::string_view name;
  int bits = 0;              ///< per weight, nominal
  double multiplier = 0;     ///< GB per billion parameters
  std::string_view quality;  ///< compared with F16
};
[[nodiscard]] std::span<const quantisation> quantisations() noexcept;

/// By name, in any case; a short form ("Q4", "q8") is the table's row that begins with it.
[[nodiscard]] const quantisation* find_quantisation(std::string_view name) noexcept;
/// The first word of a file's or model's name that is a quantisation: "…-Q4_K_M-00001-of-4.gguf".
[[nodiscard]] const quantisation* quantisation_in(std::string_view name) noexcept;

/// Billions of parameters. A mixture of experts uses only some of them for each token.
struct parameter_count {
  double total = 0;
  double active = 0;  ///< per token; the same as total in a dense model

  [[nodiscard]] bool mixture() const noexcept { return active < total; }
  bool operator==(const parameter_count&) const = default;
};
/// "32B", "0.5b", "270M", "480B-A35B", also inside a name: "Qwen3-235B-A22B-Q4_K_M.gguf".
/// Families that leave the number out of their names (bge-large …) are known by name.
[[nodiscard]] std::optional<parameter_count> parameters_in(std::string_view name);

/// Parameters × multiplier × 1.1 in GB. The factor stands for metadata and some KV cache.
[[nodiscard]] double formula_size(double billions, const quantisation& quant) noexcept;

/// File size × 1.2: the file rule's estimate of a loaded model, in the unit given.
[[nodiscard]] double file_rule_size(double file_size) noexcept;

/// The field guide's budget calculator, in GB.
struct model_budget {
  double total_ram = 0;
  double os_overhead = 16;
  double safety_buffer = 0;         ///< 15 % of total_ram
  double available_for_models = 0;  ///< what is left; 0 when nothing is
  double hot_tier_budget = 0;       ///< 10 % of available_for_models
  double warm_tier_budget = 0;      ///< 90 % of it
};
[[nodiscard]] model_budget calculate_budget(double total_ram) noexcept;

/// The words of the field guide's assessment.
enum class host_class { dev_only, minimal, basic, standard, production, full };

struct host_class_row {
  host_class value = host_class::dev_only;
  double below = 0;           ///< GB of RAM; 0 for the last one, which has no end
  std::string_view name;      ///< "DEV ONLY", "MINIMAL" …
  std::string_view sentence;  ///< what the assessment recommends
  std::string_view decision;  ///< the decision tree's answer
};
[[nodiscard]] std::span<const host_class_row> host_classes() noexcept;
/// Exactly the thresholds 32, 64, 128, 256 and 512. Of a measured host the field guide counts whole
/// GiB, as `free -g` prints them: a machine sold with 512 GB shows 503 and is PRODUCTION.
[[nodiscard]] const host_class_row& class_of(double ram) noexcept;

/// "0.5 GB", "17.6 GB", "419.2 GB", "1024 GB": at most one decimal, none when it is zero.
[[nodiscard]] std::string format_gb(double gigabytes);

}  // namespace rolecall::registry
