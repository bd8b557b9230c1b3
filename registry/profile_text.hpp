#pragma once

#include "registry/profiles.hpp"

#include <string>

namespace rolecall::registry {

/// What a registry says of the host it is for.
struct host_shape {
  int cores = 1;       ///< physical
  int numa_nodes = 1;  ///< memory is interleaved when there are several
};

/// A registry's text with the recommendation's kept roles: valid for check_offline, its model
/// paths below `model_dirs: [/srv/models]` for the operator to fill or change. Pure.
[[nodiscard]] std::string registry_text(const recommendation& what, const host_shape& host);

}  // namespace rolecall::registry
