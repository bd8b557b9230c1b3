#pragma once

#include "orchestrator/admin/body_stream.hpp"
#include "orchestrator/admin/fleet.hpp"

namespace rolecall::admin {

/// One event in the form of server-sent events: id, event, data.
[[nodiscard]] std::string to_sse(const fleet_event& event);

/// Sends the history with id > `after` as server-sent events, then each new one while `follow`.
/// Comments keep the connection alive. An `after` from before a restart of the daemon, newer than
/// all there is, begins anew.
[[nodiscard]] boost::asio::awaitable<void> send_events(body_stream& out, fleet& f,
                                                       std::uint64_t after, bool follow);

}  // namespace rolecall::admin
