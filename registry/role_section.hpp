#pragma once

#include "registry/keys.hpp"

namespace rolecall::registry {

/// What a role may say, `defaults` too unless it names the role; a copy each time.
[[nodiscard]] section make_role_section();

}  // namespace rolecall::registry
