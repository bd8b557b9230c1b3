#pragma once

#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/http/message.hpp>

namespace rolecall::admin {

using client_stream = boost::beast::basic_stream<boost::asio::generic::stream_protocol>;

/// An answer that is sent piece by piece: chunked for HTTP/1.1, ended by closing for HTTP/1.0. Each
/// write has a deadline, so that a client that stops reading ends its own session only. Lives in
/// the session's coroutine.
class body_stream {
 public:
  body_stream(client_stream& client, unsigned http_version) noexcept
      : client_(client), chunked_(http_version >= 11) {}

  /// Sends the header; 200 with that content type.
  [[nodiscard]] boost::asio::awaitable<void> begin(std::string_view content_type);
  /// Sends at once. An empty piece is not sent: it would end the body.
  [[nodiscard]] boost::asio::awaitable<void> write(std::string piece);
  [[nodiscard]] boost::asio::awaitable<void> end();

  /// The connection can take another request after end().
  [[nodiscard]] bool reusable() const noexcept { return chunked_; }

 private:
  client_stream& client_;
  bool chunked_;
};

}  // namespace rolecall::admin
