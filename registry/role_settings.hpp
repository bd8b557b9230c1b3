#pragma once

#include "registry/registry.hpp"

#include <string>
#include <vector>

namespace rolecall::registry {

/// One key of a role with the value it has, whoever gave it.
struct setting {
  std::string key;     ///< as in the registry: "timeouts.drain"
  std::string value;   ///< as one would write it; "-" when there is none
  std::string origin;  ///< "line 12", "defaults, line 4", or "default"
};

/// Every key of the role, defaults written out, in the registry's order. Pure.
[[nodiscard]] std::vector<setting> settings_of(const model_registry& registry, const role& r);

}  // namespace rolecall::registry
