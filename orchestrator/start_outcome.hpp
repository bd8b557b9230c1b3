#pragma once

#include "orchestrator/admin/fleet.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

namespace rolecall {

/// How far the start of the HOT roles has come.
struct start_outcome {
  std::size_t ready = 0;             ///< HOT roles all of whose instances are
  std::vector<std::string> trouble;  ///< "coder: failed (no such file)", of those given up
  bool is_settled = false;           ///< every HOT role is one of the two

  bool operator==(const start_outcome&) const = default;
};

/// Pure.
[[nodiscard]] start_outcome outcome_of(const admin::fleet_status& status);

/// Tells when the start is settled, and, if some were given up, once more when all of them are
/// ready after all; completes then. Control thread, where it is told, too. Cancellable.
[[nodiscard]] boost::asio::awaitable<void> await_start(
    admin::fleet& fleet, std::function<void(const start_outcome&)> tell);

}  // namespace rolecall
