#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rolecall::launcher {

/// Who listens on 127.0.0.1:port. A healthy answer proves nothing when it comes from somebody
/// else's process.
struct port_owner {
  enum class kind { nobody, ours, stranger };

  kind who = kind::nobody;
  int pid = 0;          ///< 0 for a stranger whose descriptors we may not look at
  std::string command;  ///< its short name, empty when not known

  bool operator==(const port_owner&) const = default;
};

/// "port 8081 is taken by pid 1234 (nginx)"; for a stranger.
[[nodiscard]] std::string describe(const port_owner& owner, std::uint16_t port);

/// Pure: inodes of the sockets that would answer a connection to 127.0.0.1:port, from the text of
/// /proc/net/tcp or /proc/net/tcp6. Listeners on every address count.
[[nodiscard]] std::vector<std::uint64_t> listening_sockets(std::string_view net_tcp,
                                                           std::uint16_t port);

/// Whether process `pid` has one of these sockets open.
[[nodiscard]] bool holds_socket(int pid, const std::vector<std::uint64_t>& inodes);

/// Ours is `group`, the leader of a process group that we started, and every process in its group;
/// 0 for nobody. Looks at every process when the leader is not the listener: milliseconds, once per
/// start.
[[nodiscard]] port_owner find_port_owner(std::uint16_t port, int group);

}  // namespace rolecall::launcher
