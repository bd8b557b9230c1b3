#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace rolecall::bench {

/// Sends one request over a connection of its own and waits for the answer: the time from the
/// connection to the answer's last byte. Throws std::runtime_error for an answer other than the
/// upstream's, and after a minute.
[[nodiscard]] std::chrono::nanoseconds upload(std::uint16_t port, const std::string& request);

}  // namespace rolecall::bench
