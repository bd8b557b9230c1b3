#include "tests/support/free_ports.hpp"

#include <random>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace rolecall::test {
namespace {

constexpr std::uint16_t lowest = 12000;
constexpr std::uint16_t highest = 32000;

bool is_free(std::uint16_t port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound =
      ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(descriptor);
  return bound;
}

}  // namespace

std::vector<std::uint16_t> free_ports(std::size_t count) {
  // Test programs run side by side: each begins somewhere else.
  static std::uint16_t next = [] {
    std::random_device source;
    return std::uniform_int_distribution<std::uint16_t>(lowest, highest)(source);
  }();
  std::vector<std::uint16_t> ports;
  for (int tries = 0; ports.size() < count; ++tries) {
    if (tries > highest - lowest) throw std::runtime_error("no free ports on the loopback address");
    next = next >= highest ? lowest : static_cast<std::uint16_t>(next + 1);
    if (is_free(next)) ports.push_back(next);
  }
  return ports;
}

}  // namespace rolecall::test
