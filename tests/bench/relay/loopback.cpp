#include "tests/bench/relay/loopback.hpp"

#include "tests/bench/relay/answer_reader.hpp"

#include <array>
#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>

namespace rolecall::bench {
namespace {

constexpr int backlog = 4096;

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void set(int socket, int level, int option) {
  const int on = 1;
  ::setsockopt(socket, level, option, &on, sizeof on);
}

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

launcher::descriptor connected(std::uint16_t port, int flags) {
  launcher::descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const auto address = loopback(port);
  if (!socket.is_open() ||
      ::connect(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("cannot connect to port " + std::to_string(port));
  set(socket.number(), IPPROTO_TCP, TCP_NODELAY);
  if (flags != 0) ::fcntl(socket.number(), F_SETFL, flags);
  return socket;
}

}  // namespace

launcher::descriptor listen_on(std::uint16_t port) {
  launcher::descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  set(socket.number(), SOL_SOCKET, SO_REUSEADDR);
  const auto address = loopback(port);
  if (::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(socket.number(), backlog) != 0)
    fail("cannot listen on port " + std::to_string(port));
  return socket;
}

launcher::descriptor connect_to(std::uint16_t port) { return connected(port, O_NONBLOCK); }

launcher::descriptor accept_from(const launcher::descriptor& listener) {
  launcher::descriptor socket(
      ::accept4(listener.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket.is_open()) set(socket.number(), IPPROTO_TCP, TCP_NODELAY);
  return socket;
}

std::optional<std::string> get(std::uint16_t port, std::string_view target) {
  try {
    const auto socket = connected(port, 0);
    const timeval patience{.tv_sec = 1, .tv_usec = 0};
    ::setsockopt(socket.number(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const auto request =
        "GET " + std::string(target) + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
    if (::send(socket.number(), request.data(), request.size(), MSG_NOSIGNAL) < 0)
      return std::nullopt;
    std::string answer;
    std::array<char, 4096> piece{};
    ssize_t length = 0;
    while ((length = ::recv(socket.number(), piece.data(), piece.size(), 0)) > 0) {
      answer.append(piece.data(), static_cast<std::size_t>(length));
      const auto head = parse_head(answer);
      if (!head || answer.size() < head->size + head->content_length.value_or(0)) continue;
      if (head->status != 200) return std::nullopt;
      return answer.substr(head->size);
    }
    return std::nullopt;
  } catch (const std::system_error&) {
    return std::nullopt;  // nobody listens (yet)
  }
}

}  // namespace rolecall::bench
