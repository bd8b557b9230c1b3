#include "tests/integration/admin/admin_door.hpp"
#include "tests/integration/admin/peer.hpp"

#include <fstream>

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace {

using namespace rolecall;
using test::admin_door;
using test::peer;

/// A server that is not run: its sockets are all that matters.
struct bound_server {
  boost::asio::io_context control;
  test::scripted_fleet fleet{control.get_executor()};
  admin::server server;

  explicit bound_server(const registry::endpoint& where)
      : server(control.get_executor(), {where}, fleet) {}
};

std::string failure_to_bind(const registry::endpoint& where) {
  try {
    const bound_server server{where};
  } catch (const boost::system::system_error& error) {
    return error.what();
  }
  return {};
}

mode_t mode_of(const std::filesystem::path& path) {
  struct stat found {};
  REQUIRE(::lstat(path.c_str(), &found) == 0);
  return found.st_mode & 07777U;
}

/// Leaves a socket behind that nobody listens on.
void leave_stale_socket(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.native().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(descriptor);
}

/// Descriptors of this process whose own end is that port of 127.0.0.1.
std::vector<int> sockets_on(std::uint16_t port) {
  std::vector<int> result;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc/self/fd"}) {
    const int descriptor = std::stoi(entry.path().filename());
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
        address.sin_family == AF_INET && ntohs(address.sin_port) == port)
      result.push_back(descriptor);
  }
  return result;
}

}  // namespace

TEST_CASE("admin socket: owner and group may talk, nobody else") {
  const test::temporary_directory folder;
  const bound_server server{registry::unix_endpoint{folder.path() / "admin.sock"}};
  CHECK(mode_of(folder.path() / "admin.sock") == 0660);
  CHECK(server.server.endpoints() ==
        std::vector<std::string>{"unix:" + (folder.path() / "admin.sock").string()});
}

TEST_CASE("admin socket: a stale one is replaced, and removed at the end") {
  const test::temporary_directory folder;
  const auto path = folder.path() / "admin.sock";
  leave_stale_socket(path);
  {
    const bound_server server{registry::unix_endpoint{path}};
    CHECK_NOTHROW(peer{path});
  }
  CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("admin socket: a live one is an error and stays") {
  const admin_door door;
  CHECK(failure_to_bind(registry::unix_endpoint{door.socket()})
            .starts_with("cannot listen on unix:" + door.socket().string() +
                         ": Address already in use"));
  CHECK_NOTHROW(peer{door.socket()});
}

TEST_CASE("admin socket: a file that is no socket is an error and stays") {
  const test::temporary_directory folder;
  const auto path = folder.path() / "admin.sock";
  std::ofstream{path} << "precious";
  CHECK(failure_to_bind(registry::unix_endpoint{path})
            .starts_with("cannot listen on unix:" + path.string() + ": File exists"));
  CHECK(std::filesystem::file_size(path) == 8);
}

TEST_CASE("admin socket: one that another process put in our place is not removed") {
  const test::temporary_directory folder;
  const auto path = folder.path() / "admin.sock";
  {
    const bound_server server{registry::unix_endpoint{path}};
    std::filesystem::remove(path);
    leave_stale_socket(path);
  }
  CHECK(std::filesystem::exists(path));
}

TEST_CASE(
    "admin socket: a folder that does not exist and a path that is too long are errors that name "
    "it") {
  CHECK(
      failure_to_bind(registry::unix_endpoint{"/nonexistent/admin.sock"})
          .starts_with("cannot listen on unix:/nonexistent/admin.sock: No such file or directory"));
  CHECK(
      failure_to_bind(registry::unix_endpoint{"/tmp/" + std::string(200, 'x')}).find("too long") !=
      std::string::npos);
}

TEST_CASE("admin socket: a port that is taken is an error that names it") {
  const admin_door door;
  const auto text = "127.0.0.1:" + std::to_string(door.port());
  CHECK(failure_to_bind(registry::tcp_endpoint{"127.0.0.1", door.port()})
            .starts_with("cannot listen on " + text + ": Address already in use"));
}

TEST_CASE("admin socket: children inherit neither the listener nor a connection") {
  const admin_door door;
  peer client{door.port()};
  client.send("GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n");
  client.read_until("ok\n");
  const auto sockets = sockets_on(door.port());
  CHECK(sockets.size() == 2);
  for (const int descriptor : sockets) CHECK((::fcntl(descriptor, F_GETFD) & FD_CLOEXEC) != 0);
}
