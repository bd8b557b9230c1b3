#pragma once

#include "registry/model_facts.hpp"
#include "registry/read.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace rolecall::registry {

/// A registry whose models have been looked at: what the daemon runs from.
struct deployment {
  model_registry registry;
  std::map<std::string, model_facts, std::less<>>
      facts;  ///< by model name; empty for offline checks
  /// Roles that cannot run because of a model (missing, truncated, refused by a rule), with the
  /// reason; roles that share one are listed too. The others can run.
  std::map<std::string, std::string, std::less<>> broken_roles;

  /// Facts of the model a role runs; throws std::out_of_range when it could not be read (see
  /// broken_roles).
  [[nodiscard]] const model_facts& facts_of(const role& r) const;
  /// Footprint of one instance of `r`, draft included; all zero when a model could not be read.
  [[nodiscard]] footprint footprint_of(const role& r) const;
};

struct check_result {
  /// Absent when the text is wrong or the HOT roles cannot fit together. Errors that concern single
  /// roles' models leave it present: --check fails on them, the daemon starts without those roles.
  std::optional<deployment> value;
  diagnostics notes;
};

/// Rules that need more than one value of the text but no file: every violation at its place.
[[nodiscard]] diagnostics check_references(const model_registry& r);

/// What can be said without the model files: the reading's notes and check_references.
[[nodiscard]] check_result check_offline(read_result read);

/// Does check_offline, then inspects every model a role uses and applies the rules that need
/// headers: speculation on recurrent, vision or embedding models, override key against
/// architecture, experts in range, missing mmproj, context against training, HOT roles that cannot
/// fit together in `budget` bytes, roles that can never fit. Blocking: reads the headers.
[[nodiscard]] check_result check_models(read_result read, byte_count budget);

/// "12 roles, 9 models, no errors, 1 warning".
[[nodiscard]] std::string summary(const check_result& result);

}  // namespace rolecall::registry
