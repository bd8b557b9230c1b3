#include "tests/integration/admin/peer.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

namespace rolecall::test {
namespace {

constexpr timeval patience{30, 0};

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int connected(int family, const sockaddr* address, socklen_t size) {
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) fail("socket");
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (::connect(descriptor, address, size) != 0) {
    ::close(descriptor);
    fail("connect");
  }
  return descriptor;
}

}  // namespace

peer::peer(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  descriptor_ = connected(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

peer::peer(const std::filesystem::path& unix_socket) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  unix_socket.native().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  descriptor_ = connected(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

peer::peer(peer&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), received_(std::move(other.received_)) {}

peer::~peer() { close(); }

void peer::close() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

void peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto n = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) fail("send");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

bool peer::receive() {
  std::array<char, 16384> piece{};
  const auto n = ::recv(descriptor_, piece.data(), piece.size(), 0);
  // A reset is an end as well: the server closed with bytes of ours unread.
  if (n < 0 && errno == ECONNRESET) return false;
  if (n < 0) fail("recv");
  received_.append(piece.data(), static_cast<std::size_t>(n));
  return n > 0;
}

std::string peer::read_until(std::string_view marker) {
  while (received_.find(marker) == std::string::npos)
    if (!receive())
      throw std::runtime_error("the connection ended before '" + std::string{marker} +
                               "': " + received_);
  const auto end = received_.find(marker) + marker.size();
  auto text = received_.substr(0, end);
  received_.erase(0, end);
  return text;
}

std::string peer::read_to_end() {
  while (receive()) {
  }
  return std::exchange(received_, {});
}

std::string talk(std::uint16_t port, std::string_view request) {
  peer client{port};
  client.send(request);
  return client.read_to_end();
}

std::string request_text(std::string_view method, std::string_view target,
                         std::string_view more_headers) {
  std::string text;
  text.append(method).append(" ").append(target).append(" HTTP/1.1\r\nHost: localhost\r\n");
  return text.append(more_headers).append("Connection: close\r\n\r\n");
}

}  // namespace rolecall::test
