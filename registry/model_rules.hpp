#pragma once

#include "registry/compatibility.hpp"
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

/// A role's draft, and the rule of the registry that allows the pair, if one does.
struct draft_facts {
  const model_facts* model = nullptr;  ///< nullptr: the role drafts with no model
  const compatibility_rule* allowed = nullptr;
};

/// Pure. Rules that need a model's header. A pair that the registry allows with a reason may have
/// different vocabularies: that becomes a warning. What cannot work stays an error: recurrent,
/// vision and embedding models, one file as target and draft.
[[nodiscard]] std::vector<finding> judge_role(const role& r, const model_facts& facts,
                                              const draft_facts& draft = {});

}  // namespace rolecall::registry
