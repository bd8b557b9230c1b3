#pragma once

#include "orchestrator/access/key_ring.hpp"
#include "orchestrator/admin/fleet.hpp"
#include "orchestrator/admin/listener.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

namespace rolecall::admin {

/// What every session uses; owned by the server, outlives them.
struct session_context {
  fleet& f;
  boost::asio::thread_pool& files;                      ///< for reading logs
  const std::shared_ptr<const access::key_ring>& keys;  ///< nullptr: none are asked for
};

/// Serves one connection until it closes, misbehaves, idles or is cancelled. Control thread. Waits
/// on the client have deadlines; a follow feed and a command that is waited for end when the client
/// goes away.
[[nodiscard]] boost::asio::awaitable<void> serve(stream_socket socket, session_context context,
                                                 reachability reach);

}  // namespace rolecall::admin
