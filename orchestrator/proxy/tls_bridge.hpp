#pragma once

#include "orchestrator/access/tls_context.hpp"
#include "orchestrator/proxy/task.hpp"

#include <chrono>
#include <memory>

#include <boost/asio/io_context.hpp>

namespace rolecall::proxy {

/// Deadlines of a TLS connection, beside those that its session has.
struct tls_patience {
  std::chrono::milliseconds handshake{10'000};      ///< to its end
  std::chrono::milliseconds unread_answer{60'000};  ///< without the client taking a byte
  std::chrono::milliseconds farewell{5'000};        ///< for the client's end after ours
};

/// Takes a client's TLS connection over and returns a socket that carries its text: sessions and
/// relays know nothing of TLS, and plain connections pay nothing for it. The connection is served
/// by coroutines on `context`, the thread's own, which end when both sides have, or a deadline
/// comes.
///
///     client ══ TLS ══ bridge ── text, by a pair of local sockets ── session
///
/// An end of either side (close_notify, end of stream, reset, garbage) becomes an end of stream of
/// the other. Throws boost::system::system_error when there is no descriptor left.
[[nodiscard]] tcp_socket take_tls(boost::asio::io_context& context, tcp_socket client,
                                  std::shared_ptr<const access::tls_context> certificate,
                                  tls_patience patience);

}  // namespace rolecall::proxy
