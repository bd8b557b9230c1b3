#include "orchestrator/supervision/port_listener.hpp"

#include "launcher/descriptor.hpp"

#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace rolecall::supervision {
namespace {

using launcher::descriptor;

struct diag_request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

bool ask_for_listeners(const descriptor& netlink, std::uint8_t family) {
  diag_request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = family;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = 1U << TCP_LISTEN;
  return ::send(netlink.number(), &request, sizeof request, 0) == sizeof request;
}

/// 127.0.0.1, every address, or their IPv6 forms.
bool reaches_loopback(const inet_diag_msg& socket) {
  constexpr std::uint32_t mapped_prefix = 0xffff;
  const auto* word = socket.id.idiag_src;
  const auto is_v4_match = [](std::uint32_t w) {
    return w == htonl(INADDR_ANY) || w == htonl(INADDR_LOOPBACK);
  };
  if (socket.idiag_family == AF_INET) return is_v4_match(word[0]);
  return word[0] == 0 && word[1] == 0 && (word[2] == 0 || word[2] == htonl(mapped_prefix)) &&
         is_v4_match(word[3]);
}

/// Adds what the kernel lists, up to the end of its list. False: it refused.
bool read_listeners(const descriptor& netlink, std::uint16_t port,
                    std::vector<std::uint64_t>& inodes) {
  alignas(nlmsghdr) std::array<char, 32768> buffer;
  for (;;) {
    const auto received = ::recv(netlink.number(), buffer.data(), buffer.size(), 0);
    if (received <= 0) return false;
    auto left = static_cast<unsigned>(received);
    const auto* message = reinterpret_cast<const nlmsghdr*>(buffer.data());
    for (; NLMSG_OK(message, left); message = NLMSG_NEXT(message, left)) {
      if (message->nlmsg_type == NLMSG_DONE) return true;
      if (message->nlmsg_type != SOCK_DIAG_BY_FAMILY) return false;
      inet_diag_msg socket{};
      std::memcpy(&socket, NLMSG_DATA(message), sizeof socket);
      if (ntohs(socket.id.idiag_sport) == port && reaches_loopback(socket))
        inodes.push_back(socket.idiag_inode);
    }
  }
}

}  // namespace

std::optional<std::vector<std::uint64_t>> listening_inodes(std::uint16_t port) {
  std::vector<std::uint64_t> inodes;
  for (const auto family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    const descriptor netlink(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
    if (!netlink.is_open() || !ask_for_listeners(netlink, family) ||
        !read_listeners(netlink, port, inodes))
      return std::nullopt;
  }
  return inodes;
}

}  // namespace rolecall::supervision
