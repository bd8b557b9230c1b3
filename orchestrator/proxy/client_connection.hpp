#pragma once

#include "orchestrator/proxy/lease_source.hpp"
#include "orchestrator/proxy/task.hpp"
#include "orchestrator/proxy/watch_list.hpp"

#include <chrono>
#include <memory>
#include <span>
#include <string>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

namespace rolecall::proxy {

/// Why a session's wait ended before what it waited for.
enum class interruption {
  none,
  client_gone,  ///< end of stream or failure while it was being watched
  deadline,     ///< of whatever the session was waiting for
  shutdown,     ///< the drain time is over
};

/// The client's side of a session: its socket, what has been received from it, one deadline, and
/// the watch that notices a client which goes away while others are being waited for. Lives on one
/// data thread; the session's coroutine owns it, handlers of the watch and the timer hold it
/// weakly.
///
/// An interruption cancels whatever the session waits for, on either side: the client's socket, the
/// upstream's (which is closed, so that llama-server stops generating) or the request for a lease.
/// It lasts until recover().
class client_connection final : public std::enable_shared_from_this<client_connection>,
                                private waiting_client {
 public:
  using socket_type = tcp_socket;
  /// Patience for a last word: it must not wait for a client that does not listen.
  static constexpr std::chrono::seconds farewell{1};

  /// The other end's; "unknown" when it has none any more.
  [[nodiscard]] static std::string address_of(const socket_type& socket);

  /// `address`: the client's, where it is not the other end of the socket; empty: it is.
  client_connection(socket_type socket, watch_list& watches, std::string address = {});

  /// Reads a byte or more into input(). False: end of stream, failure or interruption.
  [[nodiscard]] task<bool> read(std::size_t at_most);
  /// Writes all of it; `patience` is the longest wait for the client to take some. Changes the
  /// deadline and the buffers. False: failure or interruption.
  [[nodiscard]] task<bool> write(std::span<boost::asio::const_buffer> buffers,
                                 std::chrono::milliseconds patience);
  /// Ends our half and reads until the client ends its own or the deadline comes, so that the last
  /// answer is not lost to a reset (RFC 9112 section 9.6).
  [[nodiscard]] task<void> linger();
  /// Between requests: memory that a large body needed goes back.
  void release_memory();
  void close() noexcept;

  [[nodiscard]] boost::beast::flat_buffer& input() noexcept { return input_; }
  [[nodiscard]] const std::string& address() const noexcept { return address_; }
  /// Bytes written since the beginning.
  [[nodiscard]] std::uint64_t sent() const noexcept { return sent_; }

  /// Replaces the deadline; time_point::max() is none.
  void expires_at(time_point deadline);

  /// Until unwatch(): a client that ends its side interrupts, seen after watch_list::patience at
  /// the earliest; requests it sends ahead are kept in input(), up to a limit behind which its end
  /// is not seen.
  void watch();
  void unwatch() noexcept;

  void interrupt(interruption why) noexcept;
  [[nodiscard]] interruption interrupted() const noexcept { return interrupted_; }
  /// To tell the client why; a client that is gone stays gone.
  void recover() noexcept;

  /// The upstream's socket that an interruption closes; nullptr: none.
  void attach(socket_type* upstream) noexcept { upstream_ = upstream; }
  /// Emits when interrupted.
  [[nodiscard]] boost::asio::cancellation_slot interruption_slot() noexcept {
    return cancel_.slot();
  }

  /// Whether a request is being received or answered; others are closed at once on shutdown.
  bool busy = false;

 private:
  void arm_timer();
  void waited_long() override;
  void wait_readable();
  void on_readable();

  socket_type socket_;
  watch_list& watches_;
  std::string address_;
  boost::beast::flat_buffer input_;
  timer timer_;
  time_point deadline_ = time_point::max();
  time_point armed_ = time_point::max();  // when the timer will look at the deadline
  bool watching_ = false;
  bool wait_pending_ = false;
  interruption interrupted_ = interruption::none;
  std::uint64_t sent_ = 0;
  socket_type* upstream_ = nullptr;
  boost::asio::cancellation_signal cancel_;
};

}  // namespace rolecall::proxy
