#include "launcher/port_owner.hpp"

#include <doctest/doctest.h>

using namespace rolecall::launcher;
using inodes = std::vector<std::uint64_t>;

namespace {

// 1F91 is port 8081; 0A is LISTEN, 01 is ESTABLISHED.
constexpr auto tcp =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n"
    "   0: 0100007F:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
    "4711 1 0 100 0 0 10 0\n"
    "   1: 0100007F:1F91 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 "
    "4712 1 0 20 4 30 10 -1\n"
    "   2: 00000000:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
    "4713 1 0 100 0 0 10 0\n"
    "   3: 0200000A:1F91 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
    "4714 1 0 100 0 0 10 0\n"
    "   4: 0100007F:1F92 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "
    "4715 1 0 100 0 0 10 0\n";

constexpr auto tcp6 =
    "   0: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 "
    "00:00000000 00000000     0        0 99 1 0 100 0 0 10 0\n"
    "   1: 00000000000000000000000001000000:1F91 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 "
    "00:00000000 00000000     0        0 98 1 0 100 0 0 10 0\n";

}  // namespace

TEST_CASE(
    "port owner: listeners on loopback and on every address count, connections and other addresses "
    "do not") {
  CHECK(listening_sockets(tcp, 8081) == inodes{4711, 4713});
  CHECK(listening_sockets(tcp, 8082) == inodes{4715});
  CHECK(listening_sockets(tcp, 8083) == inodes{});
}

TEST_CASE("port owner: a listener on every IPv6 address answers IPv4, too; one on ::1 does not") {
  CHECK(listening_sockets(tcp6, 8081) == inodes{99});
}

TEST_CASE("port owner: broken lines are passed over") {
  CHECK(listening_sockets("x\n\n 0: zz:1F91 a 0A b c d e f 1\n 0: 0100007F 0 0A 0 0 0 0 0 5\n",
                          8081) == inodes{});
}

TEST_CASE("port owner: a stranger is named as far as he is known") {
  using enum port_owner::kind;
  CHECK(describe({.who = stranger, .pid = 1234, .command = "nginx"}, 8081) ==
        "port 8081 is taken by pid 1234 (nginx)");
  CHECK(describe({.who = stranger, .pid = 1234, .command = {}}, 8081) ==
        "port 8081 is taken by pid 1234");
  CHECK(describe({.who = stranger, .pid = 0, .command = {}}, 8081) ==
        "port 8081 is taken by a process of another user");
}
