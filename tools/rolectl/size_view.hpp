#pragma once

#include "registry/footprint.hpp"
#include "registry/sizing.hpp"
#include "tools/rolectl/screen.hpp"

#include <optional>
#include <string>

namespace rolecall::rolectl {

/// What the field guide's formula needs; absent parts are not known.
struct formula_input {
  std::optional<registry::parameter_count> parameters;
  const registry::quantisation* quant = nullptr;

  [[nodiscard]] bool complete() const noexcept { return parameters && quant != nullptr; }
};

/// A file that was looked at.
struct measured_size {
  std::string path;
  std::string architecture;
  registry::byte_count file_bytes = 0;  ///< all shards
  std::uint64_t parameters = 0;         ///< elements of all tensors
  int context = 0;
  int slots = 0;
  registry::footprint footprint;

  /// Of the file, metadata included.
  [[nodiscard]] double bits_per_weight() const noexcept;
};

struct size_report {
  formula_input formula;
  std::optional<measured_size> file;
};

/// What `rolectl size` prints: the formula's figure, and the true one beside it when there is a
/// file. Pure.
[[nodiscard]] std::string size_text(const size_report& report, const screen& on);
[[nodiscard]] std::string size_json(const size_report& report);

}  // namespace rolecall::rolectl
