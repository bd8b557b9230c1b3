#pragma once

#include "orchestrator/access/tls_context.hpp"

#include <memory>
#include <string>
#include <string_view>

struct ssl_st;

namespace rolecall::access {

/// The server's end of one TLS connection, without its socket: records in, text out, and the other
/// way round. Pure; one thread.
class tls_channel {
 public:
  enum class condition {
    open,
    ended,   ///< the client said that it sends no more (close_notify)
    broken,  ///< not TLS, no common version or cipher, or a record that was tampered with
  };

  explicit tls_channel(std::shared_ptr<const tls_context> context);
  ~tls_channel();
  tls_channel(const tls_channel&) = delete;
  tls_channel& operator=(const tls_channel&) = delete;

  /// Takes what came from the client; appends to `text` what it says and to `out` what is to be
  /// sent in return: the handshake's answers, alerts. Once not open, it stays so.
  condition receive(std::string_view records, std::string& text, std::string& out);
  /// Appends the records that carry `text`. False: before the end of the handshake, or after the
  /// end of the connection; nothing can be sent then.
  [[nodiscard]] bool send(std::string_view text, std::string& out);
  /// Appends the notice that nothing more will be sent.
  void close(std::string& out);

  [[nodiscard]] bool is_established() const noexcept;

 private:
  void take_output(std::string& out);

  std::shared_ptr<const tls_context> context_;
  ssl_st* ssl_;
  condition condition_ = condition::open;
};

}  // namespace rolecall::access
