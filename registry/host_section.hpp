#pragma once

#include "registry/keys.hpp"

namespace rolecall::registry {

/// `host`: the machine and the daemon.
[[nodiscard]] const section& host_section();

}  // namespace rolecall::registry
