#pragma once

#include "orchestrator/proxy/task.hpp"
#include "registry/registry.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

namespace rolecall::proxy {

/// One bound address. Lives on the thread of its context.
class listener {
 public:
  /// Throws std::system_error, "cannot listen on <address>: <reason>". Without
  /// SO_REUSEPORT, so that a second daemon is told that the port is taken.
  listener(boost::asio::io_context& context, const registry::tcp_endpoint& where);

  /// As bound: port 0 resolved.
  [[nodiscard]] registry::tcp_endpoint endpoint() const;

  /// Waits for a connection. A failure is waited out for a moment, so that running out of
  /// descriptors does not spin. Not open: closed meanwhile, or nothing came of it.
  [[nodiscard]] task<tcp_socket> accept();
  [[nodiscard]] task<void> pause();

  void close();
  [[nodiscard]] bool is_open() const { return acceptor_.is_open(); }

 private:
  boost::asio::ip::tcp::acceptor acceptor_;
  timer pause_;
};

}  // namespace rolecall::proxy
