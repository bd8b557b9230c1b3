#pragma once

#include "tools/rolectl/admin_client.hpp"
#include "tools/rolectl/exit_code.hpp"

#include <chrono>
#include <optional>

namespace rolecall::rolectl {

struct event_options {
  bool follow = false;
  std::optional<std::chrono::seconds> since;  ///< leaves out what is longer ago
};
/// Prints the fleet's events. With `follow` it goes on until nobody reads, over losses of the
/// connection and restarts of the daemon, of which it tells on stderr.
exit_code run_events(admin_client& client, const event_options& options);

}  // namespace rolecall::rolectl
