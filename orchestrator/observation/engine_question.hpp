#pragma once

#include "orchestrator/observation/engine_metrics.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <boost/asio/awaitable.hpp>

namespace rolecall::observation {

/// Forty times what 0.7.0 says.
constexpr std::size_t longest_metrics = 256U << 10U;

/// One GET /metrics of 127.0.0.1:port on a connection of its own, within `deadline`. It goes past
/// the role's gate: it is no use of the role. Cancellable.
///
/// A fresh connection each time, because llama-server closes one that has been idle for 5 s, and
/// connecting costs 50 µs on the loopback.
[[nodiscard]] boost::asio::awaitable<engine_answer> ask_engine(
    std::uint16_t port, std::chrono::steady_clock::time_point deadline);

}  // namespace rolecall::observation
