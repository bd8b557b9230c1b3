#pragma once

#include "registry/registry.hpp"

#include <optional>
#include <string>
#include <variant>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

namespace rolecall::admin {

using stream_socket = boost::asio::generic::stream_protocol::socket;

/// Who can reach an address.
enum class reachability {
  unix_socket,  ///< whom the socket's mode lets in
  /// This machine. Of its browsers a foreign Host header means DNS rebinding.
  loopback,
  network,
};

/// One address that the admin server listens on. Owned by the server; control thread only.
class listener {
 public:
  /// Binds and listens. Throws boost::system::system_error whose text is "cannot listen on
  /// <endpoint>: <reason>". A unix socket gets mode 0660; a stale one that nobody listens on is
  /// replaced, a live one is an error.
  listener(const boost::asio::any_io_executor& executor, const registry::endpoint& where);
  ~listener();
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  /// The next connection, closed in children. Cancellable; throws boost::system::system_error.
  [[nodiscard]] boost::asio::awaitable<stream_socket> accept();

  /// Refuses whoever comes from now on, and removes the unix socket if it is still ours.
  void close() noexcept;

  /// As bound: "127.0.0.1:8071", "unix:/run/rolecall/admin.sock".
  [[nodiscard]] const std::string& endpoint() const noexcept { return endpoint_; }
  [[nodiscard]] reachability reach() const noexcept { return reach_; }

 private:
  /// Device and inode of the socket that we bound.
  struct identity {
    std::filesystem::path path;
    unsigned long device = 0;
    unsigned long inode = 0;
  };

  void open(const boost::asio::any_io_executor& executor, const registry::tcp_endpoint& where);
  void open(const boost::asio::any_io_executor& executor, const registry::unix_endpoint& where);
  void remove_socket() noexcept;

  std::variant<std::monostate, boost::asio::ip::tcp::acceptor,
               boost::asio::local::stream_protocol::acceptor>
      acceptor_;
  std::string endpoint_;
  reachability reach_ = reachability::unix_socket;
  std::optional<identity> bound_;
};

}  // namespace rolecall::admin
