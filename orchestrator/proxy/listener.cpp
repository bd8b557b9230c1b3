#include "orchestrator/proxy/listener.hpp"

#include "orchestrator/proxy/close_on_exec.hpp"

#include <system_error>

#include <netinet/tcp.h>

namespace rolecall::proxy {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds pause_length{100};

std::string shown(const registry::tcp_endpoint& where) {
  const bool v6 = where.address.find(':') != std::string::npos;
  return (v6 ? "[" + where.address + "]" : where.address) + ":" + std::to_string(where.port);
}

// A client whose machine died sends no end of stream, and a request that waits for its first byte
// sends it nothing: only probes tell. Accepted sockets inherit the options.
void notice_dead_peers(tcp::acceptor& acceptor) {
  constexpr int idle_s = 60;
  constexpr int interval_s = 15;
  constexpr int unanswered = 4;
  acceptor.set_option(asio::socket_base::keep_alive(true));
  const int descriptor = acceptor.native_handle();
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPIDLE, &idle_s, sizeof idle_s);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPINTVL, &interval_s, sizeof interval_s);
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_KEEPCNT, &unanswered, sizeof unanswered);
}

tcp::acceptor bind(asio::io_context& context, const registry::tcp_endpoint& where) try {
  const tcp::endpoint endpoint(asio::ip::make_address(where.address), where.port);
  tcp::acceptor acceptor(context, endpoint.protocol());
  close_on_exec(acceptor.native_handle());
  acceptor.set_option(tcp::acceptor::reuse_address(true));  // old connections in TIME_WAIT
  notice_dead_peers(acceptor);
  acceptor.bind(endpoint);
  acceptor.listen();
  return acceptor;
} catch (const boost::system::system_error& failure) {
  // Not boost's: its text ends with a number and a place in Asio's source.
  throw std::system_error(failure.code(), "cannot listen on " + shown(where));
}

}  // namespace

listener::listener(asio::io_context& context, const registry::tcp_endpoint& where)
    : acceptor_(bind(context, where)), pause_(context) {}

registry::tcp_endpoint listener::endpoint() const {
  const auto bound = acceptor_.local_endpoint();
  return {.address = bound.address().to_string(), .port = bound.port()};
}

task<tcp_socket> listener::accept() {
  tcp_socket socket(pause_.get_executor());
  const auto accepted = co_await acceptor_.async_accept(socket, no_throw);
  const auto ec = std::get<0>(accepted);
  if (!ec)
    close_on_exec(socket.native_handle());
  else if (ec != asio::error::connection_aborted && acceptor_.is_open())
    co_await pause();
  co_return socket;
}

task<void> listener::pause() {
  pause_.expires_after(pause_length);
  co_await pause_.async_wait(no_throw);
}

void listener::close() {
  error_code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
}

}  // namespace rolecall::proxy
