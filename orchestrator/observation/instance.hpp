#pragma once

#include <cstdint>

namespace rolecall::observation {

/// One process of the fleet, by its index in the fleet's plan.
using instance = std::uint32_t;

}  // namespace rolecall::observation
