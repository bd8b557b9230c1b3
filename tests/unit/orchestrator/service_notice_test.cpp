#include "orchestrator/service_notice.hpp"

#include "tests/support/temporary_directory.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace rolecall;
using namespace std::chrono_literals;

namespace {

/// The service manager's end of NOTIFY_SOCKET.
class manager {
 public:
  explicit manager(const std::filesystem::path& folder) {
    const auto path = (folder / "notify").string();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    socket_ = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~manager() {
    ::close(socket_);
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) ::unsetenv(name);
  }
  manager(const manager&) = delete;
  manager& operator=(const manager&) = delete;

  /// Everything told so far, a message an element.
  [[nodiscard]] std::vector<std::string> told() const {
    std::vector<std::string> messages;
    char text[512];
    for (ssize_t n; (n = ::recv(socket_, text, sizeof text, 0)) > 0;)
      messages.emplace_back(text, static_cast<std::size_t>(n));
    return messages;
  }

 private:
  int socket_ = -1;
};

/// A daemon's loop in which notices live.
struct service {
  boost::asio::io_context loop;
  std::string status = "0/2 roles ready";
  service_notice notice{loop.get_executor(), [this] { return status; }};

  service() { boost::asio::co_spawn(loop, notice.run(), boost::asio::detached); }
};

using messages = std::vector<std::string>;

/// Lets the loop turn until it tells something: what one heartbeat sends is sent together.
messages next(service& daemon, const manager& systemd) {
  for (;;) {
    auto told = systemd.told();
    if (!told.empty()) return told;
    daemon.loop.run_one();
  }
}

bool contains(const messages& told, const std::string& wanted) {
  return std::ranges::find(told, wanted) != told.end();
}

}  // namespace

TEST_CASE("service notice: ready is told by the loop that turns, not before") {
  const test::temporary_directory folder;
  const manager systemd(folder.path());
  service daemon;
  CHECK(systemd.told().empty());
  daemon.loop.poll();
  CHECK(systemd.told() == messages{"READY=1\nSTATUS=0/2 roles ready"});
}

TEST_CASE("service notice: the status is told again when it differs") {
  const test::temporary_directory folder;
  const manager systemd(folder.path());
  ::setenv("WATCHDOG_USEC", "2000", 1);  // a heartbeat every millisecond
  service daemon;
  CHECK(next(daemon, systemd) == messages{"READY=1\nSTATUS=0/2 roles ready", "WATCHDOG=1"});
  daemon.status = "2/2 roles ready";
  CHECK(next(daemon, systemd) == messages{"STATUS=2/2 roles ready", "WATCHDOG=1"});
  CHECK(next(daemon, systemd) == messages{"WATCHDOG=1"});
}

TEST_CASE("service notice: without WatchdogSec= no heartbeat is sent") {
  const test::temporary_directory folder;
  const manager systemd(folder.path());
  service daemon;
  daemon.loop.poll();
  CHECK_FALSE(contains(systemd.told(), "WATCHDOG=1"));
}

TEST_CASE("service notice: a reload is announced with its time and ended by being ready") {
  const test::temporary_directory folder;
  const manager systemd(folder.path());
  service daemon;
  daemon.loop.poll();
  (void)systemd.told();
  daemon.notice.reloading();
  daemon.status = "1/3 roles ready";
  daemon.notice.reloaded();
  const auto told = systemd.told();
  REQUIRE(told.size() == 2);
  CHECK(told[0].starts_with("RELOADING=1\nMONOTONIC_USEC="));
  CHECK(told[1] == "READY=1\nSTATUS=1/3 roles ready");
}

TEST_CASE("service notice: the end is announced, more time asked for, and the loop can end") {
  const test::temporary_directory folder;
  const manager systemd(folder.path());
  service daemon;
  daemon.loop.poll();
  (void)systemd.told();
  daemon.notice.stopping();
  daemon.notice.end();
  daemon.loop.run();
  const auto told = systemd.told();
  REQUIRE(told.size() == 2);
  CHECK(told[0] == "STOPPING=1");
  CHECK(told[1].starts_with("EXTEND_TIMEOUT_USEC="));
}

TEST_CASE("service notice: nobody asked, nothing is told and nothing fails") {
  ::unsetenv("NOTIFY_SOCKET");
  service daemon;
  daemon.loop.poll();
  daemon.notice.stopping();
  daemon.notice.end();
  daemon.loop.run();
  CHECK(daemon.loop.stopped());
}

TEST_CASE("service notice: the status counts ready roles and names failed ones") {
  CHECK(ready_text({}) == "0/0 roles ready");
  CHECK(ready_text({{"ready"}, {"stopped"}, {"ready"}}) == "2/3 roles ready");
  CHECK(ready_text({{"ready"}, {"failed"}}) == "1/2 roles ready, 1 failed");
}

TEST_CASE("service notice: a heartbeat comes twice within the watchdog's time, at most each ms") {
  CHECK(heartbeat_gap(0us) == 1000ms);
  CHECK(heartbeat_gap(30s) == 1000ms);
  CHECK(heartbeat_gap(1s) == 500ms);
  CHECK(heartbeat_gap(1us) == 1ms);
}
