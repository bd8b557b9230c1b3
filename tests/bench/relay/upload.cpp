#include "tests/bench/relay/upload.hpp"

#include "tests/bench/relay/answer_reader.hpp"
#include "tests/bench/relay/loopback.hpp"
#include "tests/bench/relay/poller.hpp"
#include "tests/bench/relay/stub_server.hpp"

#include <array>
#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <sys/socket.h>

namespace rolecall::bench {
namespace {

bool is_complete(const std::string& received) {
  const auto head = parse_head(received);
  if (!head) return false;
  if (head->status != 200 || head->content_length != answer_bytes)
    throw std::runtime_error("an upload was answered: " + received.substr(0, 400));
  return received.size() >= head->size + answer_bytes;
}

}  // namespace

std::chrono::nanoseconds upload(std::uint16_t port, const std::string& request) {
  const auto began = clock::now();
  const auto deadline = began + std::chrono::minutes{1};
  const auto socket = connect_to(port);
  poller events;
  events.add(socket.number(), EPOLLIN | EPOLLOUT, 0);
  std::string_view unsent = request;
  std::string received;
  while (clock::now() < deadline) {
    if (events.wait(deadline).empty()) continue;
    if (!unsent.empty()) {
      const auto sent = ::send(socket.number(), unsent.data(), unsent.size(), MSG_NOSIGNAL);
      if (sent > 0) unsent.remove_prefix(static_cast<std::size_t>(sent));
      if (unsent.empty()) events.change(socket.number(), EPOLLIN, 0);
    }
    std::array<char, 4096> piece{};
    const auto length = ::recv(socket.number(), piece.data(), piece.size(), 0);
    if (length == 0 || (length < 0 && errno != EAGAIN))
      throw std::runtime_error("the connection of an upload was closed");
    if (length > 0) received.append(piece.data(), static_cast<std::size_t>(length));
    if (is_complete(received)) return clock::now() - began;
  }
  throw std::runtime_error("an upload was not answered within a minute");
}

}  // namespace rolecall::bench
