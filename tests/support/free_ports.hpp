#pragma once

#include <cstdint>
#include <vector>

namespace rolecall::test {

/// `count` TCP ports of the loopback address on which nobody listens. Taken from below the range of
/// outgoing connections, so that no client's socket takes one before the server does; never the
/// same twice in a process.
[[nodiscard]] std::vector<std::uint16_t> free_ports(std::size_t count);

}  // namespace rolecall::test
