#pragma once

#include "registry/diagnostic.hpp"
#include "registry/model_facts.hpp"

#include <string>
#include <vector>

namespace rolecall::registry {

/// What a rule says about a role and its model. `key` is the role's key to point at, empty for the
/// role as a whole.
struct finding {
  diagnostic::severity level = diagnostic::severity::error;
  std::string key;
  std::string message;  ///< goes behind "cannot use role 'x': " or "role 'x': "

  bool operator==(const finding&) const = default;
};

/// Pure. Rules that need a model's header; `draft` is nullptr when the role drafts with no model.
[[nodiscard]] std::vector<finding> judge_role(const role& r, const model_facts& facts,
                                              const model_facts* draft);

}  // namespace rolecall::registry
