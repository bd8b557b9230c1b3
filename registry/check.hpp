#pragma once

#include <map>
#include <string>

#include "registry/model_facts.hpp"
#include "registry/read.hpp"

namespace rolecall::registry {

/// A registry whose models have been looked at: what the daemon runs from.
struct deployment {
  model_registry registry;
  std::map<std::string, model_facts, std::less<>> facts;  ///< by model name; empty for offline checks

  /// Facts of the model a role runs; throws std::out_of_range for a role without a model.
  [[nodiscard]] const model_facts& facts_of(const role& r) const;
  /// Footprint of one instance of `r`, draft included.
  [[nodiscard]] footprint footprint_of(const role& r) const;
};

struct check_result {
  std::optional<deployment> value;  ///< present only when no note is an error
  diagnostics notes;
};

/// Rules that need more than one value of the text but no file: every violation at its place.
[[nodiscard]] diagnostics check_references(const model_registry& r);

/// Inspects every model a role uses and applies the rules that need headers: speculation on recurrent, vision or
/// embedding models, override key against architecture, experts in range, missing mmproj, context against training,
/// HOT roles that cannot fit together in `budget` bytes, roles that can never fit.
[[nodiscard]] check_result check_models(read_result read, byte_count budget);

}  // namespace rolecall::registry
