#pragma once

#include "tests/oracle/sparse_model.hpp"

#include <functional>
#include <string>
#include <vector>

namespace rolecall::oracle {

/// A model as large as the ones that hosts serve, under the name it is known by.
struct production_shape {
  std::string name;
  /// `vocabulary` tokens, without their text.
  std::function<sparse_model(std::uint32_t vocabulary)> make;
  std::uint32_t vocabulary;  ///< its own
  bool encoder = false;
};

/// One or two of each family: dense, experts, latent attention, windows, gated delta net, scan,
/// encoder.
[[nodiscard]] const std::vector<production_shape>& production_shapes();

}  // namespace rolecall::oracle
