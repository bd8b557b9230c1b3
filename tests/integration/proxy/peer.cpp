#include "tests/integration/proxy/peer.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rolecall::test {
namespace {

constexpr int patience_ms = 30'000;
constexpr std::string_view end_of_head = "\r\n\r\n";

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

void wait_for(int descriptor, short events, const char* what) {
  pollfd ready{.fd = descriptor, .events = events, .revents = 0};
  if (checked(::poll(&ready, 1, patience_ms), "poll") == 0)
    throw std::runtime_error(std::string{"nothing happened for 30 s: "} + what);
}

}  // namespace

unsigned wire_message::status() const {
  const auto space = head.find(' ');
  return space == std::string::npos ? 0U : static_cast<unsigned>(std::stoul(head.substr(space)));
}

std::string wire_message::field(std::string_view name) const {
  const auto mark = "\r\n" + std::string{name} + ": ";
  const auto at = head.find(mark);
  if (at == std::string::npos) return {};
  const auto begin = at + mark.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

peer::peer(int descriptor) : descriptor_(descriptor) {}

peer peer::connect(std::uint16_t port, int receive_buffer) {
  peer connected(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket"));
  if (receive_buffer != 0)
    checked(::setsockopt(connected.descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer,
                         sizeof receive_buffer),
            "setsockopt");
  const auto address = loopback(port);
  checked(
      ::connect(connected.descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address),
      "connect");
  return connected;
}

peer::~peer() { close(); }

peer::peer(peer&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), received_(std::move(other.received_)) {}

peer& peer::operator=(peer&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(received_, other.received_);
  return *this;
}

bool peer::try_send(std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0)
      text.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno == EAGAIN)
      wait_for(descriptor_, POLLOUT, "the other end takes no more bytes");
    else if (errno != EINTR)
      return false;
  }
  return true;
}

void peer::send(std::string_view text) {
  if (!try_send(text)) throw std::runtime_error("the other end is gone");
}

bool peer::receive_more() {
  std::array<char, 65536> piece{};
  while (true) {
    wait_for(descriptor_, POLLIN, "the other end sends nothing");
    const auto count = ::recv(descriptor_, piece.data(), piece.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    received_.append(piece.data(), static_cast<std::size_t>(count));
    return true;
  }
}

std::string peer::receive_to(std::string_view mark) {
  std::size_t at = 0;
  while ((at = received_.find(mark)) == std::string::npos)
    if (!receive_more())
      throw std::runtime_error("the stream ended before '" + std::string{mark} + "', after '" +
                               received_ + "'");
  return receive_bytes(at + mark.size());
}

std::string peer::receive_bytes(std::size_t count) {
  while (received_.size() < count)
    if (!receive_more())
      throw std::runtime_error("the stream ended early, after '" + received_ + "'");
  auto text = received_.substr(0, count);
  received_.erase(0, count);
  return text;
}

std::string peer::receive_chunk() {
  const auto size = std::stoul(receive_to("\r\n"), nullptr, 16);
  auto text = receive_bytes(size);
  if (receive_bytes(2) != "\r\n") throw std::runtime_error("a chunk that does not end");
  return text;
}

wire_message peer::receive_message(bool without_body) {
  wire_message message{.head = receive_to(end_of_head), .body = {}, .complete = true};
  if (without_body) return message;
  if (message.field("Transfer-Encoding") == "chunked") {
    for (auto piece = receive_chunk(); !piece.empty(); piece = receive_chunk())
      message.body += piece;
  } else if (const auto length = message.field("Content-Length"); !length.empty()) {
    message.body = receive_bytes(std::stoul(length));
  } else if (message.head.starts_with("HTTP/") && message.status() != 204 &&
             message.status() >= 200) {
    message.body = receive_all();
    message.complete = false;
  }
  return message;
}

bool peer::has_received() const {
  pollfd ready{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return !received_.empty() || checked(::poll(&ready, 1, 0), "poll") > 0;
}

std::string peer::receive_all() {
  while (receive_more()) {
  }
  return std::exchange(received_, {});
}

void peer::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

void peer::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void peer::end_sending() { ::shutdown(descriptor_, SHUT_WR); }

listening_port::listening_port()
    : descriptor_(checked(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket")) {
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  checked(::bind(descriptor_, generic, size), "bind");
  checked(::listen(descriptor_, SOMAXCONN), "listen");
  checked(::getsockname(descriptor_, generic, &size), "getsockname");
  port_ = ntohs(address.sin_port);
}

listening_port::~listening_port() { close(); }

peer listening_port::accept() {
  wait_for(descriptor_, POLLIN, "nobody connects");
  return peer(checked(::accept4(descriptor_, nullptr, nullptr, SOCK_CLOEXEC), "accept"));
}

bool listening_port::has_connection() const {
  pollfd ready{.fd = descriptor_, .events = POLLIN, .revents = 0};
  return ::poll(&ready, 1, 0) > 0;
}

void listening_port::close() {
  if (descriptor_ >= 0) ::close(descriptor_);
  descriptor_ = -1;
}

}  // namespace rolecall::test
