#include "orchestrator/proxy/tls_bridge.hpp"

#include "orchestrator/access/tls_channel.hpp"
#include "orchestrator/proxy/lease_source.hpp"

#include <array>
#include <cerrno>
#include <string>

#include <boost/asio/write.hpp>

#include <sys/socket.h>

namespace rolecall::proxy {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t read_step = 16 << 10;

/// One connection. Lives as long as one of its two directions; one thread.
class bridge : public std::enable_shared_from_this<bridge> {
 public:
  bridge(tcp_socket client, tcp_socket inner,
         std::shared_ptr<const access::tls_context> certificate, tls_patience patience)
      : client_(std::move(client)),
        inner_(std::move(inner)),
        channel_(std::move(certificate)),
        patience_(patience),
        timer_(client_.get_executor()),
        written_(client_.get_executor(), time_point::max()) {}

  void start() {
    expires_at(steady_clock::now() + patience_.handshake);
    spawn(client_.get_executor(), receive(shared_from_this()));
    spawn(client_.get_executor(), send(shared_from_this()));
  }

 private:
  using condition = access::tls_channel::condition;

  // From the client to the session. The argument keeps both alive.
  task<void> receive(std::shared_ptr<bridge> /*self*/) {
    std::array<char, read_step> records;  // NOLINT: filled by reads
    std::string text;
    auto how = condition::open;
    while (how == condition::open) {
      const auto got = co_await client_.async_read_some(asio::buffer(records), no_throw);
      if (std::get<0>(got)) break;
      text.clear();
      how = channel_.receive({records.data(), std::get<1>(got)}, text, out_);
      if (!co_await flush()) break;
      if (!is_established_ && channel_.is_established()) {
        is_established_ = true;
        expires_at(time_point::max());
      }
      if (text.empty()) continue;
      const auto put = co_await asio::async_write(inner_, asio::buffer(text), no_throw);
      if (std::get<0>(put)) break;
    }
    // A client that went away without a goodbye is told from one that is silent by the end alone.
    error_code ignored;
    inner_.shutdown(tcp_socket::shutdown_send, ignored);
    if (how == condition::broken) close();
  }

  // From the session to the client.
  task<void> send(std::shared_ptr<bridge> /*self*/) {
    std::array<char, read_step> text;  // NOLINT: filled by reads
    bool taken = true;
    while (taken) {
      const auto got = co_await inner_.async_read_some(asio::buffer(text), no_throw);
      if (std::get<0>(got)) break;
      taken = channel_.send({text.data(), std::get<1>(got)}, out_) && co_await flush();
    }
    if (!taken) co_return close();
    channel_.close(out_);
    co_await flush();
    error_code ignored;
    client_.shutdown(tcp_socket::shutdown_send, ignored);
    is_leaving_ = true;
    expires_at(steady_clock::now() + patience_.farewell);
  }

  // Both directions have something to send, and records must not be mixed. False: the client takes
  // no more.
  task<bool> flush() {
    while (is_writing_) co_await written_.async_wait(no_throw);
    if (out_.empty()) co_return true;
    is_writing_ = true;
    std::string records;
    records.swap(out_);
    const bool is_timed = is_established_ && !is_leaving_;
    if (is_timed) expires_at(steady_clock::now() + patience_.unread_answer);
    const auto put = co_await asio::async_write(client_, asio::buffer(records), no_throw);
    if (is_timed && !is_leaving_) expires_at(time_point::max());
    is_writing_ = false;
    written_.cancel();
    co_return !std::get<0>(put);
  }

  // One timer wait serves many deadlines: a later one leaves it armed, and it looks again.
  void expires_at(time_point deadline) {
    deadline_ = deadline;
    if (deadline_ < armed_) arm();
  }

  void arm() {
    armed_ = deadline_;
    timer_.expires_at(armed_);
    timer_.async_wait([weak = weak_from_this()](error_code ec) {
      const auto self = weak.lock();
      if (!self || ec == asio::error::operation_aborted) return;
      self->armed_ = time_point::max();
      if (steady_clock::now() >= self->deadline_)
        self->close();
      else if (self->deadline_ != time_point::max())
        self->arm();
    });
  }

  void close() {
    error_code ignored;
    client_.close(ignored);
    inner_.close(ignored);
    timer_.cancel();
  }

  tcp_socket client_;
  tcp_socket inner_;  // its other end is the session's
  access::tls_channel channel_;
  tls_patience patience_;
  timer timer_;
  timer written_;  // never expires; cancelled at the end of each write
  time_point deadline_ = time_point::max();
  time_point armed_ = time_point::max();
  std::string out_;  // records on their way to the client
  bool is_writing_ = false;
  bool is_established_ = false;
  bool is_leaving_ = false;  // our end has been told
};

tcp_socket local_socket(asio::io_context& context, int descriptor) {
  tcp_socket socket(context.get_executor());
  // The protocol only says how to open another one.
  socket.assign(asio::ip::tcp::v4(), descriptor);
  return socket;
}

}  // namespace

tcp_socket take_tls(asio::io_context& context, tcp_socket client,
                    std::shared_ptr<const access::tls_context> certificate, tls_patience patience) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0)
    throw boost::system::system_error(errno, boost::system::system_category(), "socketpair");
  error_code ignored;
  client.set_option(asio::ip::tcp::no_delay(true), ignored);
  auto inner = local_socket(context, ends[0]);
  auto outer = local_socket(context, ends[1]);
  std::make_shared<bridge>(std::move(client), std::move(inner), std::move(certificate), patience)
      ->start();
  return outer;
}

}  // namespace rolecall::proxy
