#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rolecall::test {

/// One HTTP message as it came over the wire.
struct wire_message {
  std::string head;       ///< start line and fields, with the empty line
  std::string body;       ///< decoded
  bool complete = false;  ///< its end was seen, not just the connection's

  [[nodiscard]] unsigned status() const;
  /// A field's value; empty when it is not there. `name` in the case it was sent.
  [[nodiscard]] std::string field(std::string_view name) const;
};

/// One end of a TCP connection in the test's own hands: nothing is sent or read unless told. Every
/// wait ends with an exception after a deadline that a working proxy never needs.
class peer {
 public:
  explicit peer(int descriptor);
  /// `receive_buffer`: bytes the kernel may hold for us; 0: its own choice.
  [[nodiscard]] static peer connect(std::uint16_t port, int receive_buffer = 0);
  ~peer();
  peer(peer&& other) noexcept;
  peer& operator=(peer&& other) noexcept;

  void send(std::string_view text);
  /// False: the other end is gone before everything was sent.
  [[nodiscard]] bool try_send(std::string_view text);

  /// Reads to the end of `mark` and returns what came up to it; throws when the stream ends before.
  std::string receive_to(std::string_view mark);
  /// Exactly so many bytes.
  std::string receive_bytes(std::size_t count);
  /// One message: head, then its body by length, chunks or end of stream. `without_body`: the
  /// answer to HEAD.
  wire_message receive_message(bool without_body = false);
  /// The next chunk's data; empty: the last one.
  std::string receive_chunk();
  /// Whether anything waits to be received, the stream's end included.
  [[nodiscard]] bool has_received() const;
  /// Waits for the end of stream or a reset; what came before it.
  std::string receive_all();
  /// Whether the stream ends (or is reset) with nothing before it.
  [[nodiscard]] bool is_ended() { return receive_all().empty(); }

  void close();
  /// Closes with a reset instead of an end of stream.
  void reset();
  /// Ends our side only.
  void end_sending();

 private:
  // False at the end of stream.
  bool receive_more();

  int descriptor_ = -1;
  std::string received_;
};

/// A port of the loopback address that takes connections only when told; the kernel completes them
/// in the meantime.
class listening_port {
 public:
  listening_port();
  ~listening_port();
  listening_port(const listening_port&) = delete;
  listening_port& operator=(const listening_port&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] peer accept();
  /// Whether a connection waits to be accepted.
  [[nodiscard]] bool has_connection() const;
  /// Connections are refused from now on.
  void close();

 private:
  int descriptor_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace rolecall::test
