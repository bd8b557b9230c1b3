#include "launcher/port_owner.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <doctest/doctest.h>

#include <unistd.h>

using namespace rolecall::launcher;
using boost::asio::ip::tcp;

namespace {

tcp::acceptor listen(boost::asio::io_context& loop, const boost::asio::ip::address& address) {
  return {loop, tcp::endpoint(address, 0)};
}

}  // namespace

TEST_CASE("port owner: a listener of our group is ours, and a stranger's to everybody else") {
  boost::asio::io_context loop;
  for (const auto* address : {"127.0.0.1", "0.0.0.0"}) {
    const auto listener = listen(loop, boost::asio::ip::make_address(address));
    const auto port = listener.local_endpoint().port();
    const auto ours = find_port_owner(port, ::getpgrp());
    CHECK(ours.who == port_owner::kind::ours);
    CHECK(ours.pid == ::getpid());
    const auto theirs = find_port_owner(port, 0);
    CHECK(theirs.who == port_owner::kind::stranger);
    CHECK(theirs.pid == ::getpid());
    CHECK(theirs.command == "launcher_tests");
  }
}

TEST_CASE("port owner: a port that was closed belongs to nobody") {
  boost::asio::io_context loop;
  auto listener = listen(loop, boost::asio::ip::address_v4::loopback());
  const auto port = listener.local_endpoint().port();
  listener.close();
  CHECK(find_port_owner(port, ::getpgrp()) == port_owner{});
}
